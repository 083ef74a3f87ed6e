import { readTactics } from '@calseta/common';
import { assembleAlert, unreadable } from '../reading/assemble-alert.js';
import { collectStatements, type FieldRule } from '../reading/field-rules.js';
import { type Located } from '../reading/located.js';
import { pickSeverity, readSeverity, type Scale } from '../reading/severity.js';
import { readSourceStatus } from '../reading/source-status.js';
import { pickText, pickTexts } from '../reading/text.js';
import { pickTime } from '../reading/time.js';
import { type NormalizeOutcome } from '../plugin/source-plugin.js';
import { actionFields } from './action-fields.js';

/** Security Hub's bands of the normalised severity, 0–100. */
const NORMALIZED: Scale = [
  [90, 'Critical'],
  [70, 'High'],
  [40, 'Medium'],
  [1, 'Low'],
  [0, 'Informational'],
];

const FIELDS: readonly FieldRule[] = [
  ...actionFields('Action.'),
  ...actionFields('ProductFields.aws/guardduty/service/action/'),
  { path: 'Network.SourceIpV4', as: 'ip', role: 'source', field: 'src_ip' },
  { path: 'Network.SourceIpV6', as: 'ip', role: 'source', field: 'src_ip' },
  { path: 'Network.DestinationIpV4', as: 'ip', role: 'destination', field: 'dst_ip' },
  { path: 'Network.DestinationIpV6', as: 'ip', role: 'destination', field: 'dst_ip' },
  { path: 'Network.SourceDomain', as: 'domain', role: 'source', field: 'src_hostname' },
  { path: 'Network.DestinationDomain', as: 'domain', role: 'destination', field: 'dst_hostname' },
  {
    path: 'Resources.Details.AwsIamAccessKey.UserName',
    as: 'account',
    role: 'actor',
    field: 'actor_username',
  },
  { path: 'Resources.Details.AwsEc2Instance.IpV4Addresses', as: 'ip', role: 'host' },
];

/** Keys of ProductFields that contain the action of a GuardDuty finding, flattened with slashes. */
const FLATTENED: readonly FieldRule[] = ['ipAddressV4', 'ipAddressV6'].flatMap((address) =>
  ['awsApiCallAction', 'networkConnectionAction', 'portProbeAction/portProbeDetails.0_'].map(
    (action): FieldRule => ({
      path: `ProductFields.aws/guardduty/service/action/${action}/remoteIpDetails/${address}`,
      as: 'ip',
      role: 'source',
      field: 'src_ip',
    }),
  ),
);

/** Reads a finding in Security Hub's format, of any product. */
export function readAsff(at: Located): NormalizeOutcome {
  const title = pickText(at, 'Title');
  if (title === undefined) return unreadable(at, 'The finding has no title.');
  const indicators = collectStatements('aws_guardduty')
    .readAll(at, FIELDS)
    .readAll(at, FLATTENED)
    .readAll(at, THREAT_INTEL);
  return assembleAlert(at, {
    title,
    description: pickText(at, 'Description'),
    ...readSeverity(
      [pickSeverity(at, 'Severity'), pickText(at, 'FindingProviderFields.Severity.Label')],
      pickText(at, 'Severity.Normalized'),
      NORMALIZED,
    ),
    occurredAt: pickTime(at, 'FirstObservedAt', 'CreatedAt', 'UpdatedAt'),
    tags: pickTexts(at, 'Types'),
    ...asffStatus(at),
    nativeAlertId: pickText(at, 'Id'),
    sourceRuleId: pickText(at, 'GeneratorId'),
    sourceRuleName: pickText(at, 'ProductFields.aws/guardduty/type', 'Types'),
    sourceUrl: pickText(at, 'SourceUrl'),
    mitreTactics: readTactics(pickTexts(at, 'Types').flatMap((type) => type.split(/[/:]/))),
    ...indicators.result(),
  });
}

/** A record is archived when its product no longer finds it; otherwise the workflow status applies. */
const asffStatus = (at: Located) => {
  const record = readSourceStatus(at, 'RecordState');
  return record.isEnd ? record : readSourceStatus(at, 'Workflow.Status', 'RecordState');
};

const THREAT_INTEL: readonly FieldRule[] = [
  { path: 'ThreatIntelIndicators.Value', as: 'hash', role: 'file' },
  { path: 'ThreatIntelIndicators.Value', as: 'address' },
  { path: 'Malware.Hash', as: 'hash', role: 'file' },
];
