import { readTactics, readTechniques } from '@calseta/common';
import { assembleAlert, unreadable } from '../reading/assemble-alert.js';
import { collectStatements, type FieldRule } from '../reading/field-rules.js';
import { type Located } from '../reading/located.js';
import { pickSeverity, type ReadSeverity, readSeverity, type Scale } from '../reading/severity.js';
import { pickText, pickTexts } from '../reading/text.js';
import { pickTime } from '../reading/time.js';
import { type NormalizeOutcome } from '../plugin/source-plugin.js';
import { actionFields } from './action-fields.js';

/** GuardDuty's own bands of its severity number. */
export const GUARDDUTY_SEVERITY: Scale = [
  [9, 'Critical'],
  [7, 'High'],
  [4, 'Medium'],
  [1, 'Low'],
];

const SIGNALS = 'service.detection.sequence.';
const FIELDS: readonly FieldRule[] = [
  ...actionFields('service.action.'),
  { path: `${SIGNALS}endpoints.ip`, as: 'ip' },
  { path: `${SIGNALS}endpoints.domain`, as: 'domain' },
  { path: `${SIGNALS}actors.user.name`, as: 'account', role: 'actor', field: 'actor_username' },
  {
    path: 'resource.accessKeyDetails.userName',
    as: 'account',
    role: 'actor',
    field: 'actor_username',
  },
  {
    path: 'resource.kubernetesDetails.kubernetesUserDetails.username',
    as: 'account',
    role: 'actor',
  },
  { path: 'resource.rdsDbUserDetails.user', as: 'account', role: 'target' },
  { path: 'resource.instanceDetails.networkInterfaces.publicIp', as: 'ip', role: 'host' },
  { path: 'resource.instanceDetails.networkInterfaces.privateIpAddress', as: 'ip', role: 'host' },
  {
    path: 'service.ebsVolumeScanDetails.scanDetections.threatDetectedByName.threatNames.filePaths.hash',
    as: 'hash',
    role: 'file',
  },
  { path: 'service.runtimeDetails.process.executableSha256', as: 'hash', role: 'file' },
  { path: 'service.malwareScanDetails.threats.hash', as: 'hash', role: 'file' },
  { path: 'resource.instanceDetails.instanceId', as: 'host' },
];

/** Reads a finding in GuardDuty's own format, in PascalCase or camelCase. */
export function readFinding(at: Located): NormalizeOutcome {
  const type = pickText(at, 'type');
  const title = pickText(at, 'title');
  const isFinding = pickText(at, 'severity', 'arn', 'schemaVersion', 'service.serviceName');
  if ((title ?? type) === undefined || isFinding === undefined) {
    return unreadable(at, 'No finding of GuardDuty or Security Hub was found.');
  }
  const description = pickText(at, 'description');
  return assembleAlert(at, {
    title,
    guessedTitle: type,
    description,
    ...severityOf(pickSeverity(at, 'severity')),
    occurredAt: pickTime(at, 'service.eventFirstSeen', 'createdAt', 'updatedAt'),
    tags: pickTexts(at, 'resource.resourceType'),
    ...(pickText(at, 'service.archived') === 'true' && ARCHIVED),
    nativeAlertId: pickText(at, 'arn', 'id'),
    sourceRuleId: type,
    sourceRuleName: type,
    mitreTactics: readTactics([purposeOf(type), ...sequenceTexts(at)]),
    mitreTechniques: readTechniques([...sequenceTexts(at), description ?? '']),
    ...collectStatements('aws_guardduty').readAll(at, FIELDS).result(),
  });
}

const ARCHIVED = { sourceStatus: 'archived', isEnd: true } as const;

/** A number on GuardDuty's scale, or the word that a template made of it. */
const severityOf = (text: string | undefined): ReadSeverity =>
  readSeverity([text], text, GUARDDUTY_SEVERITY);

/** In `CredentialAccess:RDS/…` the threat purpose is the part before the colon. */
export const purposeOf = (type: string | undefined): string => type?.split(':')[0] ?? '';

const sequenceTexts = (at: Located): string[] =>
  pickTexts(at, `${SIGNALS}sequenceIndicators.values`, `${SIGNALS}signals.signalIndicators.values`);
