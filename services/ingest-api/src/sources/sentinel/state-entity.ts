import { type FieldRule, type Statements } from '../reading/field-rules.js';
import { type Located } from '../reading/located.js';
import { pickText } from '../reading/text.js';
import { type SentinelEntity } from './read-entities.js';

/** Fields per kind of entity; a key's first letter may be of either case. */
const RULES: Record<string, readonly FieldRule[]> = {
  ip: [{ path: 'Address', as: 'ip' }],
  host: [
    { path: 'LastExternalIpAddress', as: 'ip', role: 'host' },
    { path: 'LastIpAddress', as: 'ip', role: 'host' },
    { path: 'IpInterfaces.Address', as: 'ip', role: 'host' },
  ],
  url: [{ path: 'Url', as: 'url', field: 'http_url' }],
  dns: [
    { path: 'DomainName', as: 'domain', field: 'dns_query' },
    { path: 'IpAddresses.Address', as: 'ip' },
  ],
  dnsresolution: [
    { path: 'DomainName', as: 'domain', field: 'dns_query' },
    { path: 'IpAddresses.Address', as: 'ip' },
  ],
  filehash: [
    { path: 'Value', as: 'hash', role: 'file' },
    { path: 'HashValue', as: 'hash', role: 'file' },
  ],
  mailbox: [
    { path: 'MailboxPrimaryAddress', as: 'email', role: 'recipient' },
    { path: 'Upn', as: 'account', role: 'target' },
  ],
  mailmessage: [
    { path: 'Recipient', as: 'email', role: 'recipient' },
    { path: 'Sender', as: 'email', role: 'sender', field: 'email_from' },
    { path: 'P1Sender', as: 'email', role: 'sender', field: 'email_from' },
    { path: 'P2Sender', as: 'email', role: 'sender', field: 'email_from' },
    { path: 'ReplyTo', as: 'email', role: 'sender', field: 'email_reply_to' },
    { path: 'SenderIP', as: 'ip', role: 'sender' },
    { path: 'Urls', as: 'url' },
  ],
  networkconnection: [
    { path: 'SourceAddress.Address', as: 'ip', role: 'source', field: 'src_ip' },
    { path: 'DestinationAddress.Address', as: 'ip', role: 'destination', field: 'dst_ip' },
  ],
};
RULES['domain'] = [{ path: 'DomainName', as: 'domain' }, ...(RULES['dns'] ?? [])];
RULES['submissionmail'] = RULES['mailmessage'] ?? [];
RULES['iotdevice'] = [{ path: 'IpAddress', as: 'ip', role: 'host' }];
RULES['ipaddress'] = RULES['ip'] ?? [];

export function stateEntity({ kind, at }: SentinelEntity, statements: Statements): void {
  statements.readAll(at, Object.hasOwn(RULES, kind) ? (RULES[kind] ?? []) : []);
  if (kind === 'account') stateAccount(at, statements);
  if (kind === 'host' || kind === 'machine') stateHost(at, statements);
}

/** `Name@UPNSuffix`, else `NTDomain\Name`, else the name alone. */
function stateAccount(at: Located, statements: Statements): void {
  const account = accountOf(at);
  if (account === undefined) return;
  statements.read(
    { value: account, pointer: at.pointer },
    { path: 'account', as: 'account', role: 'actor', field: 'actor_username' },
  );
}

function accountOf(at: Located): string | undefined {
  const name = pickText(at, 'UserPrincipalName', 'AccountName', 'Name', 'SamAccountName');
  if (name === undefined || name.includes('@') || name.includes('\\')) return name;
  const suffix = pickText(at, 'UPNSuffix', 'upnSuffix');
  if (suffix !== undefined) return `${name}@${suffix}`;
  const domain = pickText(at, 'NTDomain', 'ntDomain');
  return domain === undefined ? name : `${domain}\\${name}`;
}

function stateHost(at: Located, statements: Statements): void {
  const name = pickText(at, 'FQDN', 'HostName', 'NetBiosName');
  if (name === undefined) return;
  const domain = pickText(at, 'DnsDomain');
  const full = domain === undefined || name.includes('.') ? name : `${name}.${domain}`;
  statements.read({ value: full, pointer: at.pointer }, { path: 'host', as: 'host' });
}
