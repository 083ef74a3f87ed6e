import { AppError, type ReparseAnswer, type ReparseRequest } from '@calseta/common';
import { type IngestItem, type ReparseStore, type StoredPayload } from '@calseta/database';
import { mapLazily } from '../body/map-lazily.js';
import { parseBody, type ParsedItem } from '../body/parse-body.js';
import { type KnownSource } from '../sources/plugin/known-sources.js';
import { type IngestedPublisher } from '../store/publish-ingested.js';
import { readAlerts } from '../read/read-alerts.js';
import { type StoreAlert } from '../store/store-alert.js';
import { createSlices } from '../read/take-turns.js';
import { UnreadText } from '../read/unread-text.js';

export type ReparseDeps = {
  quarantine: Pick<ReparseStore, 'find' | 'save'>;
  findSource: (name: string) => Promise<KnownSource | undefined>;
  storeAlert: StoreAlert;
  publisher: Pick<IngestedPublisher, 'publish'>;
};

/**
 * Reads a quarantined alert again with the current plugin and mapping of its source. If the payload
 * is an envelope, the alert becomes the first one in it; the others are stored as new alerts.
 */
export const createReparse =
  ({ quarantine, findSource, storeAlert, publisher }: ReparseDeps) =>
  async (
    { alert_id: alertId, actor }: ReparseRequest,
    { traceparent }: { traceparent: string },
  ): Promise<ReparseAnswer> => {
    const stored = await quarantine.find(alertId);
    if (!stored) throw new AppError('resource.not_found', 'There is no such alert.');
    assertQuarantined(stored.stage === 'quarantined');
    const known = await findSource(stored.sourceName);
    if (!known) throw conflict(`The source "${stored.sourceName}" is not configured any more.`);

    const [first, ...others] = await readAgain(stored, known, { actor, traceparent });
    // Stored before `save` replaces the envelope that contains them; on a retry they are repeats.
    const further = await Promise.all(others.map(storeAlert));
    const reparsed = await quarantine.save(alertId, first);
    assertQuarantined(reparsed !== undefined);
    publisher.publish({ alertId, ...reparsed, traceparent });
    return { alert_id: alertId, further_alert_ids: further.map((outcome) => outcome.alertId) };
  };

const conflict = (message: string) => new AppError('resource.conflict', message);

function assertQuarantined(isQuarantined: boolean): asserts isQuarantined {
  if (!isQuarantined) throw conflict('The alert is not quarantined.');
}

/** The first readable alert in the payload, and the others; throws the reason when none is readable. */
async function readAgain(
  stored: StoredPayload,
  known: KnownSource,
  by: { actor: string; traceparent: string },
): Promise<[IngestItem, ...IngestItem[]]> {
  const { rawPayload: text, receivedAt, notes } = stored;
  const items = itemsOf(text, notes);
  const inSlices = createSlices();
  const read = (await inSlices(readAlerts(items, { ...known, ...by, receivedAt }))).map(accepted);
  const first = read.find(({ quarantineReason }) => quarantineReason === undefined);
  if (!first) {
    throw conflict(read[0]?.quarantineReason ?? 'There is no alert in the payload.');
  }
  const others = read.filter((one) => one !== first);
  return [{ ...first, dedupKey: keptKey(stored, first) }, ...others];
}

/** Text that was not JSON on arrival is parsed as a body again. */
function itemsOf(text: string, notes: string[]): Iterable<ParsedItem> {
  const payload: unknown = JSON.parse(text);
  if (typeof payload !== 'string') return [{ kind: 'parsed', payload, text, notes }];
  return mapLazily(parseBody(Buffer.from(payload), TEXT_TYPE).items, (item) => ({
    ...item,
    notes: [...new Set([...notes, ...item.notes])],
  }));
}

const TEXT_TYPE = 'application/json; charset=utf-8';

function accepted(read: IngestItem | UnreadText | AppError): IngestItem {
  if (read instanceof AppError) throw conflict(read.message);
  if (read instanceof UnreadText) throw conflict(read.error.message);
  return read;
}

/** Keeps a key that the sender gave; replaces one that was made from the unreadable text. */
const keptKey = (stored: StoredPayload, { dedupKey }: IngestItem): string =>
  stored.dedupKey.startsWith('text:') ? dedupKey : stored.dedupKey;
