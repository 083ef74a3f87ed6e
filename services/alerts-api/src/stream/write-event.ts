import {
  type AlertChanged,
  AppError,
  neutralizeJson,
  stringifyExactly,
  untrustedPathsOf,
  uuidSchema,
} from '@calseta/common';
import { type AlertChange, type ChangePosition } from '@calseta/database';

const EVENT_ID = /^(\d{1,20})-([0-9a-f-]{36})$/;
const MAX_TRANSACTION_ID = 2n ** 64n - 1n;

/** The id of an event: a client sends the last one back as `Last-Event-ID`. */
export const eventIdOf = ({ transactionId, uuid }: ChangePosition): string =>
  `${transactionId}-${uuid}`;

/** Reads `Last-Event-ID`; throws `request.invalid` for anything that no event had as its id. */
export function readEventId(id: string): ChangePosition {
  const [, transaction = '', uuid = ''] = EVENT_ID.exec(id) ?? [];
  const isUuid = uuid === FIRST_UUID || uuidSchema.safeParse(uuid).success;
  if (transaction === '' || !isUuid || BigInt(transaction) > MAX_TRANSACTION_ID) {
    throw badEventId('is not the id of an event of this stream');
  }
  return { transactionId: BigInt(transaction), uuid };
}

const FIRST_UUID = '00000000-0000-0000-0000-000000000000';

export const badEventId = (message: string): AppError =>
  new AppError('request.invalid', 'The Last-Event-ID cannot be used; connect without it.', {
    issues: [{ pointer: '/Last-Event-ID', message }],
  });

/** An event of the stream as text. JSON has no line breaks, so one line holds the data. */
export const writeEvent = (event: string, data: object, id?: string): string =>
  `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${toNeutral(data)}\n\n`;

const toNeutral = (data: object): string => neutralizeJson(stringifyExactly(data)).json;

/** The position stays the last one that a client knows, even where its filters let nothing through. */
export const writeHeartbeat = (position: ChangePosition): string =>
  `: heartbeat\nid: ${eventIdOf(position)}\n\n`;

export function writeChange({ position, alert, ...change }: AlertChange): string {
  const { uuid, at, kind, actor, detail } = change;
  const changed: AlertChanged = {
    event: 'alert.changed',
    change: { uuid, at, kind, actor, detail },
    alert,
    _metadata: { untrusted_paths: untrustedPathsOf(alert, detail) },
  };
  const { madeVisibleCount } = neutralizeJson(stringifyExactly(changed));
  if (madeVisibleCount > 0) changed._metadata.made_visible_count = madeVisibleCount;
  return writeEvent('alert.changed', changed, eventIdOf(position));
}
