import { AppError, isTransient } from '@calseta/common';
import { type IngestOutcome, type UnreadTextStore } from '@calseta/database';
import { type Logger, toProblem } from '@calseta/platform';
import { type Arrival } from '../read/arrival.js';
import { type ReadAlert } from '../read/read-alerts.js';
import { type Alerts } from './read-body.js';
import { UnreadText } from '../read/unread-text.js';
import { type TrafficRecorder } from '../store/record-traffic.js';
import { type StoreAlert } from '../store/store-alert.js';

export type StoreAlertsDeps = {
  storeAlert: StoreAlert;
  keepText: UnreadTextStore['keep'];
  traffic: Pick<TrafficRecorder, 'rejected' | 'quarantined'>;
  log: Pick<Logger, 'warn'>;
};

type Stored = ReturnType<typeof toResult>;
type Result = Stored | ReturnType<typeof toProblem>['body'];

/**
 * Stores the alerts of a request, and answers each in order. A single refused alert throws, and so does a batch in
 * which every alert is refused, since most senders check only the status.
 */
export async function storeAlerts(
  deps: StoreAlertsDeps,
  { isBatch, read }: Alerts,
  arrival: Arrival,
): Promise<Stored | { results: Result[] }> {
  const [only] = read;
  if (!isBatch && only !== undefined) return await store(deps, only);
  const settled = await Promise.allSettled(read.map(async (one) => await store(deps, one)));
  const results = settled.map((result) => toBatchResult(result, deps, arrival));
  const isRefused = settled.every(({ status }) => status === 'rejected');
  if (isRefused && results.length > 0) {
    throw new AppError(
      'request.invalid',
      'No alert of the batch was taken; `results` says why, in their order.',
      { members: { results } },
    );
  }
  return { results };
}

async function store(deps: StoreAlertsDeps, one: ReadAlert): Promise<Stored> {
  if (one instanceof AppError) throw one;
  if (one instanceof UnreadText) throw await refuseText(deps, one);
  return toResult(await deps.storeAlert(one));
}

/** Keeps a text that is not JSON; the error names the alert that holds it. */
async function refuseText(
  { keepText, traffic, log }: StoreAlertsDeps,
  { item, error }: UnreadText,
): Promise<AppError> {
  const kept = await keepText(item);
  traffic.quarantined(item.sourceName, item.receivedAt, error.message);
  log.warn('ingest.not_json', {
    source: item.sourceName,
    reason: error.message,
    ...(kept && { alert_id: kept.alertId }),
  });
  if (!kept) {
    const message = `${error.message} It was counted and not kept: too many such texts are open.`;
    return new AppError(error.code, message);
  }
  return new AppError(error.code, `${error.message} It is kept as alert ${kept.alertId}.`, {
    members: { alert_uuid: kept.alertId },
  });
}

const toResult = (outcome: IngestOutcome) => ({
  alert_uuid: outcome.alertId,
  status: outcome.status,
  is_duplicate: outcome.status === 'deduplicated' || outcome.status === 'updated',
  duplicate_count: outcome.duplicateCount,
});

/** An outage fails the whole request. The sender may repeat it: stored alerts are recognised as repeats. */
function toBatchResult(
  result: PromiseSettledResult<Stored>,
  deps: StoreAlertsDeps,
  arrival: Arrival,
): Result {
  if (result.status === 'fulfilled') return result.value;
  const error: unknown = result.reason;
  if (!(error instanceof AppError) || isTransient(error)) throw error;
  noteRejection(deps, arrival, error);
  return toProblem(error).body;
}

/** Does the work of a request, and counts its refusal for the source. Outages are no refusals. */
export async function notingRejection<T>(
  deps: Pick<StoreAlertsDeps, 'traffic'>,
  arrival: Arrival,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError && !isTransient(error)) noteRejection(deps, arrival, error);
    throw error;
  }
}

/** Counts a refusal for the source; each alert of a batch counts. */
function noteRejection(
  { traffic }: Pick<StoreAlertsDeps, 'traffic'>,
  { source, receivedAt }: Arrival,
  error: AppError,
): void {
  if (error.members?.results) return;
  const places = error.issues.map(({ pointer, message }) => ` ${pointer} ${message}`).join(';');
  traffic.rejected(source.name, receivedAt, `${error.code}: ${error.message}${places}`);
}
