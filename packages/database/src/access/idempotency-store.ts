import { type Database } from '../core/database.js';

/** The request that an Idempotency-Key identifies. */
export type IdempotencyClaim = { keyId: string; key: string; requestHash: string };
type Answer = { status: number; body: string };
type ClaimState =
  | { kind: 'run' }
  | { kind: 'replay'; answer: Answer }
  | { kind: 'mismatch' }
  | { kind: 'in_flight' };

/** Hours that an answer is kept for repeats. */
export const IDEMPOTENCY_TTL_HOURS = 24;
/** After this time a request without an answer counts as crashed, and its key is free again. */
const IN_FLIGHT_SECONDS = 120;

/** Stores answers to requests that have an Idempotency-Key. */
export const createIdempotencyStore = ({ prisma, query }: Pick<Database, 'prisma' | 'query'>) => ({
  async begin({ keyId, key, requestHash }: IdempotencyClaim): Promise<ClaimState> {
    const { rowCount } = await query(CLAIM, [keyId, key, requestHash]);
    if (rowCount === 1) return { kind: 'run' };
    const record = await prisma.idempotencyRecord.findUnique({
      where: { apiKeyId_key: { apiKeyId: keyId, key } },
    });
    if (record && record.requestHash !== requestHash) return { kind: 'mismatch' };
    if (record?.statusCode == null || record.responseBody === null) return { kind: 'in_flight' };
    return { kind: 'replay', answer: { status: record.statusCode, body: record.responseBody } };
  },

  async finish({ keyId, key }: IdempotencyClaim, { status, body }: Answer): Promise<void> {
    await prisma.idempotencyRecord.update({
      where: { apiKeyId_key: { apiKeyId: keyId, key } },
      data: { statusCode: status, responseBody: body },
    });
  },

  async abandon({ keyId, key }: IdempotencyClaim): Promise<void> {
    await prisma.idempotencyRecord.deleteMany({
      where: { apiKeyId: keyId, key, statusCode: null },
    });
  },
});

/** Claims a key that is new, expired, or held by a crashed request. */
const CLAIM = `
  INSERT INTO idempotency_records AS held (api_key_id, key, request_hash)
  VALUES ($1, $2, $3)
  ON CONFLICT (api_key_id, key) DO UPDATE
    SET request_hash = EXCLUDED.request_hash, status_code = NULL, response_body = NULL,
        created_at = now()
    WHERE held.created_at < now() - interval '${IDEMPOTENCY_TTL_HOURS} hours'
       OR (held.status_code IS NULL
           AND held.created_at < now() - interval '${IN_FLIGHT_SECONDS} seconds')`;
