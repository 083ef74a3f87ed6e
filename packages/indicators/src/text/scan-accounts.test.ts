import { expect, test } from '@jest/globals';
import { createFindings } from './finding.js';
import { scanAccounts } from './scan-accounts.js';

function accountsIn(text: string): string[] {
  const findings = createFindings(new Map());
  scanAccounts(text, findings);
  return findings.all().map(({ value, span }) => {
    expect(text.slice(...span)).toBe(value);
    return value;
  });
}

test.each([
  ['user=jdoe action=deny', 'jdoe'],
  ['user= jdoe', 'jdoe'],
  ['user=_www', '_www'],
  ['User Name : jdoe', 'jdoe'],
  ['usr="jdoe" fw=1', 'jdoe'],
  ['suser=Administrator Action=Deny', 'Administrator'],
  ['User=Administrator Logon Type=3', 'Administrator'],
  ['user="jdoe', 'jdoe'],
  ['suser=CORP\\\\jdoe duser=', 'CORP\\\\jdoe'],
  ['suser=NT AUTHORITY\\\\SYSTEM cs1=x', 'NT AUTHORITY\\\\SYSTEM'],
  ['Account For Which Logon Failed:\n\tSecurity ID:\t\tS-1-0-0\n\tAccount Name:\t\tjdoe', 'jdoe'],
  ['**User:** jdoe', 'jdoe'],
  ['*User:* `jdoe`', 'jdoe'],
  ['| **User** : **jdoe** |', 'jdoe'],
  ["User 'jdoe' failed to authenticate.", 'jdoe'],
  ['account "jdoe" was locked', 'jdoe'],
  ['Failed password for jdoe from 185.10.20.30 port 22 ssh2', 'jdoe'],
  ['Failed password for invalid user jdoe from 185.10.20.30 port 22 ssh2', 'jdoe'],
  ['Accepted keyboard-interactive/pam for jdoe from 2a00::5 port 22 ssh2', 'jdoe'],
  ['error: maximum authentication attempts exceeded for jdoe from fe80::1 port 22 ssh2', 'jdoe'],
  ['Disconnected from authenticating user jdoe 185.10.20.30 port 22 [preauth]', 'jdoe'],
  ['a shell was opened via CORP\\svc_sql', 'CORP\\svc_sql'],
  ['pam_unix(sshd:session): session opened for user jdoe(uid=1000) by (uid=0)', 'jdoe'],
])('scanAccounts finds one in %j', (text, account) => {
  expect(accountsIn(text)).toEqual([account]);
});

test.each([
  'user=user.name action=deny',
  'Account Name: {{user.name}}',
  'user=$result.user$',
  'user="%username%"',
  'user= src=185.10.20.30 duser= app=web',
  'New Logon:\r\n\tSecurity ID:\t\tS-1-5-18\r\n\tLogon Domain:\t\tCORP',
  'Account Name:\t\tCN=Jane Roe,CN=Users,DC=corp',
  'suser=Jane Roe duser=',
  'user="Jane Roe (jdoe)"',
  '**User:** **-**',
  'Last login: Wed Mar 12 10:11:12 2025',
  'ls: /usr: Permission denied',
  'Invalid user credentials from 185.10.20.30',
  'Invalid user input from a form',
  'made to start by HKLM\\Run and via HKEY_LOCAL_MACHINE\\Software',
  `user=${'x'.repeat(105)}`,
])('scanAccounts finds none in %j', (text) => {
  expect(accountsIn(text)).toEqual([]);
});

test('scanAccounts finds the account behind an empty key', () => {
  expect(accountsIn('user= suser=jdoe')).toEqual(['jdoe']);
});
