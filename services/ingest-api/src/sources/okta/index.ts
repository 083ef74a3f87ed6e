import { assembleAlert, unreadable } from '../reading/assemble-alert.js';
import { collectStatements, type FieldRule, type Statements } from '../reading/field-rules.js';
import { find } from '../reading/find.js';
import { hasKey, valueAt } from '../reading/keys.js';
import { isRecord, listUnder, type Located, rootOf } from '../reading/located.js';
import { pickSeverity, readSeverity } from '../reading/severity.js';
import { pickText, pickTexts } from '../reading/text.js';
import { pickTime } from '../reading/time.js';
import { unwrap } from '../reading/unwrap.js';
import { type NormalizeOutcome, type SourcePlugin } from '../plugin/source-plugin.js';

/** Okta: events of the System Log, alone, in an event hook (`data.events`) or in EventBridge. */
export const okta: SourcePlugin = { name: 'okta', split, normalize };

const isEvent = (value: Record<string, unknown>): boolean =>
  hasKey(value, 'eventType') && !isRecord(valueAt(value, 'data'));
const unwrapped = (payload: unknown): Located =>
  unwrap(rootOf(payload), ['body', 'detail', 'data'], isEvent);

function split(payload: unknown): unknown[] | undefined {
  return listUnder(unwrapped(payload), 'events');
}

const FIELDS: readonly FieldRule[] = [
  { path: 'client.ipAddress', as: 'ip', role: 'source', field: 'src_ip' },
  { path: 'request.ipChain.ip', as: 'ip', role: 'source' },
  { path: 'debugContext.debugData.suspiciousActivityEventIp', as: 'ip', role: 'source' },
];

/** Okta reports no other end; the event of the beginning is `security.attack.start`. */
const ENDS = new Set(['security.attack.end']);

function normalize(payload: unknown): NormalizeOutcome {
  const at = unwrapped(payload);
  const eventType = pickText(at, 'eventType');
  const title = pickText(at, 'displayMessage');
  if ((title ?? eventType) === undefined) return unreadable(at, 'No event type was found.');
  const statements = collectStatements('okta');
  statePeople(at, statements);
  return assembleAlert(at, {
    title,
    guessedTitle: eventType,
    description: pickText(at, 'outcome.reason', 'debugContext.debugData.risk'),
    ...readSeverity([pickSeverity(at, 'severity')]),
    occurredAt: pickTime(at, 'published', 'eventTime'),
    tags: pickTexts(at, 'outcome.result', 'debugContext.debugData.threatSuspected').map((text) =>
      text === 'true' ? 'threat_suspected' : text,
    ),
    nativeAlertId: pickText(at, 'uuid', 'eventId'),
    sourceRuleId: eventType,
    ...(eventType !== undefined && ENDS.has(eventType) && { sourceStatus: 'ended', isEnd: true }),
    sourceRuleName: pickText(at, 'displayMessage'),
    ...statements.readAll(at, FIELDS).result(),
  });
}

const PEOPLE = new Set(['user', 'appuser']);

/** States the actor and the targets that are people; apps, groups and policies have ids of the same shape. */
function statePeople(at: Located, statements: Statements): void {
  for (const [path, role] of [
    ['actor', 'actor'],
    ['target', 'target'],
  ] as const) {
    for (const holder of find(at, path)) {
      const type = pickText(holder, 'type')?.toLowerCase() ?? '';
      if (!PEOPLE.has(type)) continue;
      const field = role === 'actor' ? { field: 'actor_username' as const } : {};
      statements.readAll(holder, [{ path: 'alternateId', as: 'account', role, ...field }]);
    }
  }
}
