import { type FieldRule } from '../reading/field-rules.js';

const REMOTE = [
  'networkConnectionAction',
  'awsApiCallAction',
  'kubernetesApiCallAction',
  'rdsLoginAttemptAction',
];
const ADDRESSES = ['ipAddressV4', 'ipAddressV6'];
const LISTED = ['portProbeAction.portProbeDetails'];

/** The parties of a finding's action; `prefix` is the path of the action. */
export const actionFields = (prefix: string): FieldRule[] => [
  ...[...REMOTE, ...LISTED].flatMap((action) =>
    ADDRESSES.map((address): FieldRule => ({
      path: `${prefix}${action}.remoteIpDetails.${address}`,
      as: 'ip',
      role: 'source',
      field: 'src_ip',
    })),
  ),
  { path: `${prefix}kubernetesApiCallAction.sourceIps`, as: 'ip', role: 'source' },
  { path: `${prefix}networkConnectionAction.localIpDetails.ipAddressV4`, as: 'ip', role: 'target' },
  {
    path: `${prefix}portProbeAction.portProbeDetails.localIpDetails.ipAddressV4`,
    as: 'ip',
    role: 'target',
  },
  {
    path: `${prefix}dnsRequestAction.domain`,
    as: 'domain',
    role: 'destination',
    field: 'dns_query',
  },
];
