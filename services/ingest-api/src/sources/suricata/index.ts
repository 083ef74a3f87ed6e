import { readTactics, readTechniques } from '@calseta/common';
import { assembleAlert, unreadable } from '../reading/assemble-alert.js';
import { collectStatements, type FieldRule } from '../reading/field-rules.js';
import { hasKey } from '../reading/keys.js';
import { type Located, rootOf } from '../reading/located.js';
import { type ReadSeverity, readSeverity, type Scale } from '../reading/severity.js';
import { pickText, pickTexts } from '../reading/text.js';
import { pickTime } from '../reading/time.js';
import { unwrap } from '../reading/unwrap.js';
import { type NormalizeOutcome, type SourcePlugin } from '../plugin/source-plugin.js';

/** Suricata: lines of EVE JSON, of type alert or any other. */
export const suricata: SourcePlugin = { name: 'suricata', normalize };

const unwrapped = (payload: unknown): Located =>
  unwrap(rootOf(payload), ['body', '_source', 'eve', 'suricata'], (value) =>
    hasKey(value, 'event_type'),
  );

/** Priorities: 1 is the most severe and rules use up to 4, so the number is inverted. */
const PRIORITY: Scale = [
  [-1, 'High'],
  [-2, 'Medium'],
  [-3, 'Low'],
  [-255, 'Informational'],
];

const FIELDS: readonly FieldRule[] = [
  { path: 'src_ip', as: 'ip', role: 'source', field: 'src_ip' },
  { path: 'dest_ip', as: 'ip', role: 'destination', field: 'dst_ip' },
  { path: 'http.hostname', as: 'address', role: 'destination', field: 'http_hostname' },
  { path: 'http.xff', as: 'ip', role: 'source' },
  { path: 'tls.sni', as: 'domain', role: 'destination', field: 'dst_hostname' },
  { path: 'quic.sni', as: 'domain', role: 'destination', field: 'dst_hostname' },
  { path: 'dns.query.rrname', as: 'domain', field: 'dns_query' },
  { path: 'dns.queries.rrname', as: 'domain', field: 'dns_query' },
  { path: 'dns.rrname', as: 'domain', field: 'dns_query' },
  { path: 'dns.answers.rdata', as: 'address' },
  { path: 'fileinfo.sha256', as: 'hash', role: 'file' },
  { path: 'fileinfo.sha1', as: 'hash', role: 'file' },
  { path: 'fileinfo.md5', as: 'hash', role: 'file' },
  { path: 'files.sha256', as: 'hash', role: 'file' },
  { path: 'files.sha1', as: 'hash', role: 'file' },
  { path: 'files.md5', as: 'hash', role: 'file' },
  { path: 'email.from', as: 'email', role: 'sender', field: 'email_from' },
  { path: 'email.to', as: 'email', role: 'recipient' },
  { path: 'smb.ntlmssp.user', as: 'account', role: 'actor', field: 'actor_username' },
  { path: 'krb5.cname', as: 'account', role: 'actor', field: 'actor_username' },
];

function normalize(payload: unknown): NormalizeOutcome {
  const at = unwrapped(payload);
  const signature = pickText(at, 'alert.signature', 'anomaly.event');
  const eventType = pickText(at, 'event_type');
  if (signature === undefined && eventType === undefined) {
    return unreadable(at, 'Neither a signature nor an event type was found.');
  }
  const signatureId = pickText(at, 'alert.signature_id');
  return assembleAlert(at, {
    title: signature,
    guessedTitle: `Suricata ${eventType ?? 'event'}${signatureId ? ` ${signatureId}` : ''}`,
    description: pickText(at, 'alert.category'),
    ...severityOf(at),
    occurredAt: pickTime(at, 'timestamp', 'flow.start', '@timestamp'),
    tags: pickTexts(at, 'alert.metadata.tag', 'alert.metadata.deployment', 'app_proto'),
    sourceRuleId: signatureId,
    sourceRuleName: signature,
    mitreTactics: readTactics(
      pickTexts(at, 'alert.metadata.mitre_tactic_id', 'alert.metadata.mitre_tactic_name'),
    ),
    mitreTechniques: readTechniques(pickTexts(at, 'alert.metadata.mitre_technique_id')),
    ...collectStatements('suricata').readAll(at, FIELDS).result(),
  });
}

function severityOf(at: Located): ReadSeverity {
  const priority = pickText(at, 'alert.severity');
  if (priority === undefined) {
    return readSeverity([pickText(at, 'alert.metadata.signature_severity')]);
  }
  const { severity } = readSeverity([], `-${priority}`, PRIORITY);
  return { severity, severityOriginal: priority };
}
