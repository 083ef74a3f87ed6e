import { type FieldRule } from '../reading/field-rules.js';

/** Lists and objects that hold evidence, in each generation of the API. */
const HOLDERS = [
  '',
  'properties.',
  'evidence.',
  'deviceEvidence.',
  'fileEvidence.',
  'processEvidence.',
  'userEvidence.',
  'ipEvidence.',
  'urlEvidence.',
];

const FILES = ['fileDetails', 'imageFile', 'parentProcessImageFile'];
/** In the spelling of the API, and of the tables of advanced hunting. */
const HASHES = ['sha256', 'sha1', 'md5', 'SHA256', 'SHA1', 'MD5'];

const EVIDENCE: readonly FieldRule[] = [
  { path: 'ipAddress', as: 'ip', field: 'src_ip' },
  { path: 'RemoteIP', as: 'ip', role: 'destination', field: 'dst_ip' },
  { path: 'LocalIP', as: 'ip', role: 'host' },
  { path: 'lastIpAddress', as: 'ip', role: 'host' },
  { path: 'lastExternalIpAddress', as: 'ip', role: 'host' },
  { path: 'ipInterfaces', as: 'ip', role: 'host' },
  { path: 'senderIp', as: 'ip', role: 'sender' },
  { path: 'url', as: 'url', field: 'http_url' },
  { path: 'RemoteUrl', as: 'url', field: 'http_url' },
  { path: 'urls', as: 'url' },
  { path: 'domainName', as: 'domain' },
  ...FILES.flatMap((file) =>
    HASHES.map((hash): FieldRule => ({ path: `${file}.${hash}`, as: 'hash', role: 'file' })),
  ),
  ...HASHES.map((hash): FieldRule => ({ path: hash, as: 'hash', role: 'file' })),
  { path: 'p1Sender.emailAddress', as: 'email', role: 'sender', field: 'email_from' },
  { path: 'p2Sender.emailAddress', as: 'email', role: 'sender', field: 'email_from' },
  { path: 'senderFromAddress', as: 'email', role: 'sender', field: 'email_from' },
  { path: 'recipientEmailAddress', as: 'email', role: 'recipient' },
  { path: 'primaryAddress', as: 'email', role: 'recipient' },
  { path: 'deviceDnsName', as: 'host', field: 'src_hostname' },
  { path: 'hostName', as: 'host' },
  { path: 'DeviceName', as: 'host', field: 'src_hostname' },
];

/** Graph alerts v1 keep their evidence in lists of states. */
const STATES: readonly FieldRule[] = [
  { path: 'networkConnections.sourceAddress', as: 'ip', role: 'source', field: 'src_ip' },
  { path: 'networkConnections.destinationAddress', as: 'ip', role: 'destination', field: 'dst_ip' },
  { path: 'networkConnections.destinationDomain', as: 'domain', field: 'dst_hostname' },
  { path: 'networkConnections.destinationUrl', as: 'url', field: 'http_url' },
  { path: 'hostStates.publicIpAddress', as: 'ip', role: 'host' },
  { path: 'hostStates.privateIpAddress', as: 'ip', role: 'host' },
  { path: 'userStates.logonIp', as: 'ip', role: 'source', field: 'src_ip' },
  { path: 'sourceIpAddress', as: 'ip', role: 'source', field: 'src_ip' },
  { path: 'fileStates.fileHash.hashValue', as: 'hash', role: 'file' },
  { path: 'processes.fileHash.hashValue', as: 'hash', role: 'file' },
  { path: 'malwareStates.fileHash.hashValue', as: 'hash', role: 'file' },
  { path: 'messageSecurityStates.connectingIP', as: 'ip', role: 'sender' },
  { path: 'uriClickSecurityStates.urlDomain', as: 'domain' },
  { path: 'hostStates.fqdn', as: 'host', field: 'src_hostname' },
  { path: 'hostStates.netBiosName', as: 'host', field: 'src_hostname' },
  { path: 'computerDnsName', as: 'host', field: 'src_hostname' },
];

export const GRAPH_FIELDS: readonly FieldRule[] = [
  ...STATES,
  ...HOLDERS.flatMap((holder) => EVIDENCE.map((rule) => ({ ...rule, path: holder + rule.path }))),
];

/** Objects that are one user each. */
export const USERS = [
  'userStates',
  'evidence.userAccount',
  'userEvidence.userAccount',
  'processEvidence.userAccount',
  'evidence.loggedOnUsers',
  'relatedUser',
  'loggedOnUsers',
];

/** Objects that contain a user together with other evidence. */
export const USER_HOLDERS = ['evidence', 'properties'];
