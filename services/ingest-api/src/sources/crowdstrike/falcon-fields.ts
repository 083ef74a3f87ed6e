import { type FieldRule } from '../reading/field-rules.js';

/** Fields of CrowdStrike's objects in the spelling of the event stream, which also matches that of the API. */
export const FALCON_FIELDS: readonly FieldRule[] = [
  { path: 'RemoteAddressIP4', as: 'ip', role: 'destination', field: 'dst_ip' },
  { path: 'RemoteAddressIP6', as: 'ip', role: 'destination', field: 'dst_ip' },
  { path: 'RemoteAddress', as: 'ip', role: 'destination', field: 'dst_ip' },
  { path: 'NetworkAccesses.RemoteAddress', as: 'ip', role: 'destination' },
  { path: 'SourceEndpointIpAddress', as: 'ip', role: 'source', field: 'src_ip' },
  { path: 'SourceEndpointAddressIP4', as: 'ip', role: 'source', field: 'src_ip' },
  { path: 'EndpointIp', as: 'ip', role: 'source', field: 'src_ip' },
  { path: 'OriginSourceIpAddress', as: 'ip', role: 'source', field: 'src_ip' },
  { path: 'UserIp', as: 'ip', role: 'source', field: 'src_ip' },
  { path: 'LocalIP', as: 'ip', role: 'host', field: 'src_ip' },
  { path: 'LocalAddressIP4', as: 'ip', role: 'host', field: 'src_ip' },
  { path: 'LocalAddress', as: 'ip', role: 'host', field: 'src_ip' },
  { path: 'external_ip', as: 'ip', role: 'host' },
  { path: 'aip', as: 'ip', role: 'host' },
  { path: 'DomainName', as: 'domain', role: 'destination', field: 'dns_query' },
  { path: 'DnsRequests.DomainName', as: 'domain', field: 'dns_query' },
  { path: 'SHA256String', as: 'hash', role: 'file' },
  { path: 'SHA1String', as: 'hash', role: 'file' },
  { path: 'MD5String', as: 'hash', role: 'file' },
  { path: 'SHA256HashData', as: 'hash', role: 'file' },
  { path: 'SHA1HashData', as: 'hash', role: 'file' },
  { path: 'MD5HashData', as: 'hash', role: 'file' },
  { path: 'sha256', as: 'hash', role: 'file' },
  { path: 'sha1', as: 'hash', role: 'file' },
  { path: 'md5', as: 'hash', role: 'file' },
  { path: 'UserName', as: 'account', role: 'actor', field: 'actor_username' },
  { path: 'SourceAccountUpn', as: 'account', role: 'actor', field: 'actor_username' },
  { path: 'SourceAccountName', as: 'account', role: 'actor' },
  { path: 'Hostname', as: 'host', field: 'src_hostname' },
  { path: 'ComputerName', as: 'host', field: 'src_hostname' },
  { path: 'SourceEndpointHostName', as: 'host', field: 'src_hostname' },
  { path: 'EndpointName', as: 'host', field: 'src_hostname' },
  { path: 'host_names', as: 'host' },
];

/** Fields of the Fusion webhook, which has flat keys in `data`. */
export const FUSION_FIELDS: readonly FieldRule[] = ['devices', 'detections', 'user'].flatMap(
  (holder) => FALCON_FIELDS.map((rule) => ({ ...rule, path: `${holder}.${rule.path}` })),
);

/** Objects with the details of an alert: in events, in the API, and in Fusion's webhook. */
export const HOLDERS = [
  'event',
  'data',
  'alert',
  'detection',
  'behaviors',
  'event.behaviors',
  'data.behaviors',
  'device',
  'event.device',
  'alert.device',
  'data.device',
  'parent_details',
];
