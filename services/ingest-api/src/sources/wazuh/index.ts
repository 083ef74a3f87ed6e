import { readTactics, readTechniques } from '@calseta/common';
import { assembleAlert, unreadable } from '../reading/assemble-alert.js';
import { collectStatements, type FieldRule } from '../reading/field-rules.js';
import { find } from '../reading/find.js';
import { valueAt } from '../reading/keys.js';
import { isRecord, listUnder, type Located, rootOf } from '../reading/located.js';
import { type ReadSeverity, readSeverity } from '../reading/severity.js';
import { pickText, pickTexts } from '../reading/text.js';
import { pickTime } from '../reading/time.js';
import { unwrap } from '../reading/unwrap.js';
import { type NormalizeOutcome, type SourcePlugin } from '../plugin/source-plugin.js';
import { readAlerting } from '../opensearch/read-alerting.js';
import { readMessage } from './read-message.js';
import { RULE_LEVEL, SHUFFLE_STEPS } from './rule-level.js';

/**
 * Wazuh: alerts of alerts.json, hits of its indexer, the envelopes of its Shuffle and PagerDuty integrations and
 * of active responses, the messages of its Slack integration, and notifications of its dashboard's monitors.
 */
export const wazuh: SourcePlugin = { name: 'wazuh', split, normalize };

const isAlert = (value: Record<string, unknown>): boolean => isRecord(valueAt(value, 'rule'));
const unwrapped = (payload: unknown): Located =>
  unwrap(
    rootOf(payload),
    ['all_fields', '_source', 'body', 'parameters', 'alert', 'payload', 'custom_details'],
    isAlert,
  );

function split(payload: unknown): unknown[] | undefined {
  const [hits] = find(rootOf(payload), 'hits');
  return hits && listUnder(hits, 'hits');
}

const FIELDS: readonly FieldRule[] = [
  { path: 'data.srcip', as: 'ip', role: 'source', field: 'src_ip' },
  { path: 'data.src_ip', as: 'ip', role: 'source', field: 'src_ip' },
  { path: 'data.dstip', as: 'ip', role: 'destination', field: 'dst_ip' },
  { path: 'data.dest_ip', as: 'ip', role: 'destination', field: 'dst_ip' },
  { path: 'data.win.eventdata.ipAddress', as: 'ip', role: 'source', field: 'src_ip' },
  { path: 'data.win.eventdata.sourceIp', as: 'ip', role: 'source', field: 'src_ip' },
  { path: 'data.win.eventdata.destinationIp', as: 'ip', role: 'destination', field: 'dst_ip' },
  { path: 'data.win.eventdata.queryName', as: 'domain', field: 'dns_query' },
  { path: 'data.aws.sourceIPAddress', as: 'ip', role: 'source', field: 'src_ip' },
  { path: 'data.office365.ClientIP', as: 'ip', role: 'source', field: 'src_ip' },
  { path: 'data.office365.UserId', as: 'account', role: 'actor', field: 'actor_username' },
  { path: 'data.srcuser', as: 'account', role: 'actor', field: 'actor_username' },
  { path: 'data.dstuser', as: 'account', role: 'target' },
  { path: 'data.win.eventdata.targetUserName', as: 'account', role: 'target' },
  { path: 'data.win.eventdata.subjectUserName', as: 'account', role: 'actor' },
  { path: 'data.win.eventdata.user', as: 'account', role: 'actor', field: 'actor_username' },
  { path: 'data.url', as: 'url', field: 'http_url' },
  { path: 'data.dns.query.rrname', as: 'domain', field: 'dns_query' },
  { path: 'data.http.hostname', as: 'address', field: 'http_hostname' },
  { path: 'syscheck.sha256_after', as: 'hash', role: 'file' },
  { path: 'syscheck.sha1_after', as: 'hash', role: 'file' },
  { path: 'syscheck.md5_after', as: 'hash', role: 'file' },
  { path: 'data.win.eventdata.hashes', as: 'labelled_hash', role: 'file' },
  { path: 'data.virustotal.source.sha1', as: 'hash', role: 'file' },
  { path: 'data.virustotal.source.md5', as: 'hash', role: 'file' },
  { path: 'agent.ip', as: 'ip', role: 'host' },
  { path: 'agent.name', as: 'host' },
  { path: 'predecoder.hostname', as: 'host' },
];

function normalize(payload: unknown): NormalizeOutcome {
  return readAlerting(payload) ?? readMessage(payload) ?? readAlert(unwrapped(payload));
}

function readAlert(at: Located): NormalizeOutcome {
  const title = pickText(at, 'rule.description', 'title', 'text');
  const ruleId = pickText(at, 'rule.id', 'rule_id');
  if (title === undefined && ruleId === undefined) {
    return unreadable(at, 'No rule was found.');
  }
  return assembleAlert(at, {
    title,
    guessedTitle: `Wazuh rule ${ruleId ?? ''}`,
    description: pickText(at, 'full_log', 'data.win.system.message'),
    ...severityOf(at),
    occurredAt: pickTime(at, 'timestamp', '@timestamp', 'predecoder.timestamp'),
    tags: pickTexts(at, 'rule.groups'),
    nativeAlertId: pickText(at, 'id'),
    sourceRuleId: ruleId,
    sourceRuleName: pickText(at, 'rule.description'),
    mitreTactics: readTactics(pickTexts(at, 'rule.mitre.tactic')),
    mitreTechniques: readTechniques(pickTexts(at, 'rule.mitre.id')),
    ...collectStatements('wazuh').readAll(at, FIELDS).result(),
  });
}

/** The level of the rule; a message for Shuffle has one of three severities instead. */
function severityOf(at: Located): ReadSeverity {
  const level = pickText(at, 'rule.level');
  const step = pickText(at, 'pretext') === undefined ? undefined : pickText(at, 'severity');
  return level === undefined && step !== undefined
    ? readSeverity([step], step, SHUFFLE_STEPS)
    : readSeverity([], level, RULE_LEVEL);
}
