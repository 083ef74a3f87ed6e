import {
  type FailureCode,
  type NormalizedAlert,
  type OnResolved,
  type OnUpdate,
} from '@calseta/common';

/** Why an alert is set aside: its source cannot read the payload, or the body is not JSON. */
export type QuarantineCode = Extract<FailureCode, 'payload.unreadable' | 'body.malformed'>;

/** One alert as it came in, read and ready to be stored. */
export type IngestItem = {
  sourceName: string;
  dedupKey: string;
  /** Whether that is the source's own id of the alert, so that all else of it may change. */
  isNative: boolean;
  /** What the payload says without its volatile leaves: equal where nothing else differs. */
  fingerprint: string;
  /** How long a repeat is counted on the alert instead of making a new one, s; 0: each is an alert of its own. */
  dedupWindowSeconds: number;
  onUpdate: OnUpdate;
  onResolved: OnResolved;
  receivedAt: Date;
  occurredAt: Date;
  /** JSON text, stored as it is. */
  rawPayload: string;
  /** `Content-Type` that the payload came with. */
  contentType?: string;
  /** What the sender sent, where that is not `rawPayload` in UTF-8. */
  original?: Uint8Array;
  alert: NormalizedAlert;
  /** Set when the payload could not be read: the alert is set aside with the reason. */
  quarantineReason?: string;
  /** `payload.unreadable` unless given. */
  quarantineCode?: QuarantineCode;
  traceparent?: string;
  /** Id of the API key that brought it. */
  actor: string;
};
