import { isPlaceholder } from '../canonicalize/account.js';
import type { Findings } from './finding.js';

const QUICK = /user|usr|acc(?:oun)?t|logon|login|NT AUTHORITY|\\/i;
const BUILT_IN = String.raw`(?:NT AUTHORITY|NT SERVICE|BUILTIN|Window Manager|Font Driver Host)\\(?:LOCAL SERVICE|NETWORK SERVICE|ANONYMOUS LOGON|[\w.$-]{1,64})`;
const NAME = String.raw`[^\s"'\x60,;|()<>[\]{}=&^]{1,104}`;
const AFTER_KEY = new RegExp(
  String.raw`(?<![\w-])((?:(?:src|dst|dest|target|subject|source|destination|actor|logon|login|remote|client|effective)[_ ]?)?(?:user|account|logon|login)(?:[_. ]?(?:name|login|loginname))?|[sd]user|acct|usrname|user\.name|samaccountname|userprincipalname)["']?(?:\s?=\s?|:\s{0,8})["']?(${BUILT_IN}|${NAME})`,
  'gi',
);
const AFTER_WORD = new RegExp(
  String.raw`\b(?:user|account|by|as|logon|login)\s["']?(${BUILT_IN}|[\w.-]{1,64}\\[\w.$-]{1,64})(?![\w\\])`,
  'gi',
);
const PROSE =
  /^(?:the|an?|is|was|has|had|are|were|name|id|account|not|and|or|of|in|on|for|from|with|to|this|that|who|failed|success|successful|disabled|enabled|locked|created|deleted|password|domain|type|group|agent|admin:|yes|no)$/i;
const UNLIKELY = /^\d+$|^S-1-|^[$%{]|:\/\/|^\/|^0x|^[a-z]:\\|^\.+$|^[0-9a-f]{8}-[0-9a-f]{4}-/i;

/** Accounts behind a key (`user=admin`, `Account Name: jdoe`), and `DOMAIN\user` behind a word that announces one. */
export function scanAccounts(text: string, findings: Findings): void {
  if (!QUICK.test(text)) return;
  for (const [pattern, group] of [
    [AFTER_KEY, 2],
    [AFTER_WORD, 1],
  ] as const) {
    for (const match of text.matchAll(pattern)) {
      const written = match[group] ?? '';
      const value = written.replace(/(?<![.:,])[.:,]+$/, '');
      if (findings.isDone('account', value) || !isAccountText(value)) continue;
      const offset = match.index + match[0].length - written.length;
      findings.add({ type: 'account', value, offset, rule: 'account' });
    }
  }
}

/** Whether a string may be the name of an account: no number, SID, path, placeholder or common word. */
export const isAccountText = (value: string): boolean =>
  value.length > 0 && !isPlaceholder(value) && !PROSE.test(value) && !UNLIKELY.test(value);
