import { decodeBase64 } from '@calseta/common';
import { assembleAlert, unreadable } from '../reading/assemble-alert.js';
import { collectStatements, type FieldRule, type Statements } from '../reading/field-rules.js';
import { find } from '../reading/find.js';
import {
  childOf,
  isRecord,
  listUnder,
  type Located,
  parseEmbedded,
  rootOf,
} from '../reading/located.js';
import { pickSeverity, readSeverity } from '../reading/severity.js';
import { readSourceStatus } from '../reading/source-status.js';
import { pickText, pickTexts } from '../reading/text.js';
import { pickTime } from '../reading/time.js';
import { unwrap } from '../reading/unwrap.js';
import { type NormalizeOutcome, type SourcePlugin } from '../plugin/source-plugin.js';

/** Google Workspace: alerts of the Alert Center, activities of the Reports API, and Pub/Sub pushes of both. */
export const googleWorkspace: SourcePlugin = { name: 'google_workspace', split, normalize };

function split(payload: unknown): unknown[] | undefined {
  return listUnder(rootOf(payload), 'alerts', 'items');
}

/** A Pub/Sub push carries the alert as JSON text in base64. */
function unwrapped(payload: unknown): Located {
  const at = unwrap(rootOf(payload), ['message', 'body']);
  if (!isRecord(at.value) || typeof at.value['data'] !== 'string') return at;
  const data = childOf(at, 'data');
  const text = decodeBase64(at.value['data'], 'base64')?.toString('utf8');
  return text === undefined ? at : parseEmbedded({ ...data, value: text });
}

const FIELDS: readonly FieldRule[] = [
  { path: 'ipAddress', as: 'ip', role: 'source', field: 'src_ip' },
  { path: 'data.loginDetails.ipAddress', as: 'ip', role: 'source', field: 'src_ip' },
  { path: 'data.sourceIp', as: 'ip', role: 'source', field: 'src_ip' },
  { path: 'data.maliciousEntity.fromHeader', as: 'email', role: 'sender', field: 'email_from' },
  { path: 'data.maliciousEntity.entity.emailAddress', as: 'email', role: 'sender' },
  { path: 'data.messages.recipient', as: 'email', role: 'recipient' },
  { path: 'data.messages.attachmentsSha256Hash', as: 'hash', role: 'file' },
  { path: 'data.email', as: 'account', role: 'actor', field: 'actor_username' },
  { path: 'data.primaryAdminEmail', as: 'account', role: 'target' },
  { path: 'data.actorEmail', as: 'account', role: 'actor', field: 'actor_username' },
  { path: 'data.ruleViolationInfo.triggeringUserEmail', as: 'account', role: 'actor' },
  { path: 'actor.email', as: 'account', role: 'actor', field: 'actor_username' },
];

function normalize(payload: unknown): NormalizeOutcome {
  const at = unwrapped(payload);
  const rule = pickText(at, 'data.ruleViolationInfo.ruleInfo.displayName', 'data.name');
  const kind = pickText(at, 'type', 'events.name', 'id.applicationName');
  const title = rule ?? kind;
  const isKnown = pickText(at, 'alertId', 'source', 'kind', 'id.applicationName', 'data.@type');
  if (title === undefined || isKnown === undefined) {
    return unreadable(at, 'Neither an alert nor an activity was found.');
  }
  const statements = collectStatements('google_workspace').readAll(at, FIELDS);
  stateParameters(at, statements);
  return assembleAlert(at, {
    title,
    description: pickText(at, 'data.description', 'data.title', 'events.type'),
    ...readSeverity([pickSeverity(at, 'metadata.severity', 'severity', 'data.severity')]),
    occurredAt: pickTime(at, 'startTime', 'id.time', 'createTime'),
    tags: pickTexts(at, 'source', 'events.type'),
    ...readSourceStatus(at, 'metadata.status'),
    nativeAlertId: pickText(at, 'alertId', 'id.uniqueQualifier'),
    sourceRuleId: pickText(at, 'data.ruleViolationInfo.ruleInfo.resourceName') ?? kind,
    sourceRuleName: rule ?? kind,
    sourceUrl: pickText(at, 'securityInvestigationToolLink'),
    ...statements.result(),
  });
}

/** Parameters that name people; activities have them in lists. */
const PEOPLE = new Set(['affected_email_address', 'target_user', 'user_email', 'email_address']);

function stateParameters(at: Located, statements: Statements): void {
  for (const parameter of find(at, 'events.parameters')) {
    if (!PEOPLE.has((pickText(parameter, 'name') ?? '').toLowerCase())) continue;
    statements.readAll(parameter, [{ path: 'value', as: 'account', role: 'target' }]);
  }
}
