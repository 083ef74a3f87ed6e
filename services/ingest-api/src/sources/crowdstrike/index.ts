import { assembleAlert, unreadable } from '../reading/assemble-alert.js';
import { collectStatements, type FieldRule } from '../reading/field-rules.js';
import { isRecord, listWithRecords, type Located, rootOf } from '../reading/located.js';
import { readTactics, readTechniques } from '../reading/mitre.js';
import { type ReadSeverity, readSeverity, type Scale } from '../reading/severity.js';
import { pickText, pickTexts } from '../reading/text.js';
import { pickTime } from '../reading/time.js';
import type { NormalizeOutcome, SourcePlugin } from '../source-plugin.js';

/**
 * CrowdStrike Falcon: event-stream envelopes (`metadata` + `event`), bare detection summaries, alerts and
 * detections of the API (`resources[]`), FDR events, and Fusion workflow webhooks.
 */
export const crowdstrike: SourcePlugin = { name: 'crowdstrike', split, normalize };

function split(payload: unknown): unknown[] | undefined {
  return isRecord(payload) ? listWithRecords(payload['resources']) : undefined;
}

/** 1–5 in detection summaries. */
const FIVE_STEPS: Scale = [
  [5, 'Critical'],
  [4, 'High'],
  [3, 'Medium'],
  [2, 'Low'],
  [1, 'Informational'],
];
/** 1–100 in the alerts API, where 20 is the least that is shown as low. */
const HUNDRED_STEPS: Scale = [
  [80, 'Critical'],
  [60, 'High'],
  [40, 'Medium'],
  [20, 'Low'],
  [1, 'Informational'],
];

const HOLDERS = ['', 'event.', 'data.', 'behaviors.', 'device.', 'parent_details.'];
const everywhere = (path: string, rule: Omit<FieldRule, 'path'>): FieldRule[] =>
  HOLDERS.map((holder) => ({ path: holder + path, ...rule }));

const FIELDS: readonly FieldRule[] = [
  ...everywhere('RemoteAddressIP4', { as: 'ip', role: 'destination', field: 'dst_ip' }),
  ...everywhere('RemoteAddressIP6', { as: 'ip', role: 'destination', field: 'dst_ip' }),
  ...everywhere('NetworkAccesses.RemoteAddress', { as: 'ip', role: 'destination' }),
  ...everywhere('network_accesses.remote_address', { as: 'ip', role: 'destination' }),
  ...everywhere('SourceEndpointIpAddress', { as: 'ip', role: 'source', field: 'src_ip' }),
  ...everywhere('source_endpoint_address_ip4', { as: 'ip', role: 'source', field: 'src_ip' }),
  ...everywhere('OriginSourceIpAddress', { as: 'ip', role: 'source', field: 'src_ip' }),
  ...everywhere('UserIp', { as: 'ip', role: 'source', field: 'src_ip' }),
  ...everywhere('LocalIP', { as: 'ip', role: 'host', field: 'src_ip' }),
  ...everywhere('LocalAddressIP4', { as: 'ip', role: 'host', field: 'src_ip' }),
  ...everywhere('local_ip', { as: 'ip', role: 'host', field: 'src_ip' }),
  ...everywhere('external_ip', { as: 'ip', role: 'host' }),
  ...everywhere('aip', { as: 'ip', role: 'host' }),
  ...everywhere('DomainName', { as: 'domain', role: 'destination', field: 'dns_query' }),
  ...everywhere('DnsRequests.DomainName', { as: 'domain', field: 'dns_query' }),
  ...everywhere('dns_requests.domain_name', { as: 'domain', field: 'dns_query' }),
  ...everywhere('SHA256String', { as: 'hash', role: 'file' }),
  ...everywhere('SHA1String', { as: 'hash', role: 'file' }),
  ...everywhere('MD5String', { as: 'hash', role: 'file' }),
  ...everywhere('SHA256HashData', { as: 'hash', role: 'file' }),
  ...everywhere('SHA1HashData', { as: 'hash', role: 'file' }),
  ...everywhere('MD5HashData', { as: 'hash', role: 'file' }),
  ...everywhere('sha256', { as: 'hash', role: 'file' }),
  ...everywhere('sha1', { as: 'hash', role: 'file' }),
  ...everywhere('md5', { as: 'hash', role: 'file' }),
  ...everywhere('UserName', { as: 'account', role: 'actor', field: 'actor_username' }),
  ...everywhere('user_name', { as: 'account', role: 'actor', field: 'actor_username' }),
  ...everywhere('SourceAccountUpn', { as: 'account', role: 'actor', field: 'actor_username' }),
  ...everywhere('SourceAccountName', { as: 'account', role: 'actor' }),
  ...everywhere('source_account_name', { as: 'account', role: 'actor' }),
  ...everywhere('Hostname', { as: 'host', field: 'src_hostname' }),
  ...everywhere('ComputerName', { as: 'host', field: 'src_hostname' }),
];

/** Paths with their values looked for in the event first, then in the envelope. */
const inEvent = (...paths: string[]): string[] =>
  paths.flatMap((path) => [`event.${path}`, path, `data.${path}`]);

function normalize(payload: unknown): NormalizeOutcome {
  const at = rootOf(payload);
  const eventType = pickText(
    at,
    'metadata.eventType',
    ...inEvent('ExternalApiType', 'event_simpleName', 'OperationName', 'type'),
  );
  const title = pickText(
    at,
    ...inEvent(
      'display_name',
      'DetectName',
      'IncidentType',
      'Name',
      'DetectDescription',
      'Description',
    ),
    'behaviors.display_name',
    'behaviors.scenario',
    'workflow_name',
  );
  if (title === undefined && eventType === undefined) {
    return unreadable(at, 'Neither a detection nor an event type was found.');
  }
  return assembleAlert(at, {
    title: title ?? eventType ?? 'CrowdStrike event',
    description: pickText(
      at,
      ...inEvent('DetectDescription', 'Description', 'description'),
      'behaviors.description',
    ),
    ...severityOf(at),
    occurredAt: pickTime(at, ...TIMES),
    tags: pickTexts(at, ...inEvent('tags')),
    nativeAlertId: pickText(
      at,
      ...inEvent(
        'CompositeId',
        'composite_id',
        'DetectId',
        'detection_id',
        'IncidentID',
        'EventUUID',
        'id',
      ),
    ),
    sourceRuleId: pickText(
      at,
      ...inEvent('PatternId', 'pattern_id', 'IOARuleInstanceID', 'rule_instance_id'),
    ),
    sourceRuleName: pickText(at, ...inEvent('IOARuleName', 'DetectName', 'display_name')),
    sourceUrl: pickText(at, ...inEvent('FalconHostLink', 'falcon_host_link')),
    mitreTactics: readTactics(
      pickTexts(
        at,
        ...inEvent('Tactic', 'TacticId', 'tactic_id', 'MitreAttack.TacticID'),
        'behaviors.tactic',
        'behaviors.tactic_id',
      ),
    ),
    mitreTechniques: readTechniques(
      pickTexts(
        at,
        ...inEvent('Technique', 'TechniqueId', 'technique_id', 'MitreAttack.TechniqueID'),
        'behaviors.technique_id',
      ),
    ),
    ...collectStatements('crowdstrike').readAll(at, FIELDS).result(),
  });
}

const TIMES = [
  ...inEvent('UTCTimestamp', 'ProcessStartTime', 'StartTime', 'timestamp', 'first_behavior'),
  'metadata.eventCreationTime',
  'created_timestamp',
  'p_event_time',
];

/** A number stands for 1–5 in events and for 1–100 in the API; above 5 there is no doubt. */
function severityOf(at: Located): ReadSeverity {
  const number = pickText(
    at,
    ...inEvent('Severity', 'severity', 'max_severity'),
    'behaviors.severity',
  );
  const isApi = pickText(at, 'composite_id', 'severity_name', 'created_timestamp') !== undefined;
  const scale = isApi || Number(number) > 5 ? HUNDRED_STEPS : FIVE_STEPS;
  const labels = inEvent('SeverityName', 'severity_name', 'max_severity_displayname', 'Severity');
  return readSeverity(
    labels.map((path) => pickText(at, path)),
    number,
    scale,
  );
}
