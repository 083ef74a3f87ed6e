import { type IncomingMessage } from 'node:http';
import {
  AppError,
  hasScope,
  type Principal,
  requireAccess,
  requireAgent,
  requireFieldScopes,
  stringifyExactly,
} from '@calseta/common';
import { type Request, type Response } from 'express';
import {
  DEFAULT_BODY_TIMEOUT_MS,
  DEFAULT_MAX_BODY_BYTES,
  type AppLimits,
  type AppOptions,
} from './app-options.js';
import { type Route, type Upload, uploadTypes } from './define-route.js';
import { idempotencyKey, requestHash, runOnce } from './idempotency.js';
import { type ObservedRequest } from '../requests/observe-request.js';
import { withEnumWords } from './enum-words.js';
import { fieldText } from './field-text.js';
import { MAX_JSON_DEPTH, parseJson } from './parse-json.js';
import { compressJson } from './compress.js';
import { formValue } from './form-value.js';
import { createMemoryBudget, type HoldInAll } from '../requests/memory-budget.js';
import { readBody } from '../requests/read-body.js';
import { isMultipart, type MultipartForm, readMultipart } from '../requests/read-multipart.js';
import { type JsonReply, type Reply, type ResponseSchemas } from '../answers/reply.js';
import { JSON_MEDIA_TYPE, sendText, toNeutralJson } from '../answers/send.js';
import { requireKnownQuery, validate } from './validate.js';

const NO_BODY = Buffer.alloc(0);
const UNBOUNDED = createMemoryBudget(Infinity);
/** The limits of one request, whose body reserves memory as it grows. */
type ReadLimits = AppLimits & { onGrowth: HoldInAll };
const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

/** Serves one request to a route: authenticate, authorise, validate, handle, answer. */
export async function handleRoute(
  route: Route,
  req: Request,
  res: Response,
  observed: ObservedRequest,
  options: AppOptions,
): Promise<void> {
  const principal = await admit(route, req, observed, options);
  const request = observed.context;
  if (route.ignoresUnknownQuery !== true) {
    requireKnownQuery(route.query, Object.keys(req.query));
  }
  const query = validate(route.query, withEnumWords(route.query, { ...req.query }), 'query');
  const { run } = route;
  const { bodies = UNBOUNDED } = options.limits;
  if (run.kind === 'raw') {
    await bodies.hold(
      async (holdInAll) =>
        await run.raw({ req, res, query, principal, request, holdInAll } as never),
    );
    return;
  }
  const params = validate(route.params, { ...req.params }, 'path');
  if (principal && route.unlessOwnAgent !== undefined) {
    requireAgent(principal, String(req.params['uuid']), route.unlessOwnAgent);
  }
  const answer = await bodies.hold(async (onGrowth) => {
    const limits = { ...options.limits, onGrowth };
    const { schema, sent, toBytes, handler } = await readSent(route, run, req, limits);
    if (principal) requireFieldScopes(principal, route, sent);
    const body = validate(schema, sent, 'body');
    const work = async (): Promise<Reply<ResponseSchemas>> =>
      await handler({ params, query, body, principal, request } as never);
    return await onceByKey(route, req, toBytes, principal, options, work);
  });
  const { asWrittenFor } = route;
  const isEditor =
    asWrittenFor !== undefined &&
    principal !== undefined &&
    hasScope(principal.scopes, asWrittenFor);
  await sendReply(req, res, answer, isEditor ? stringifyExactly : toNeutralJson);
}

async function admit(
  { scope, keyType }: Pick<Route, 'scope' | 'keyType'>,
  req: IncomingMessage,
  observed: ObservedRequest,
  { authenticator }: AppOptions,
): Promise<Principal | undefined> {
  if (scope === null) return undefined;
  const principal = await authenticator.authenticate(
    req.headers.authorization,
    observed.context.clientAddress,
  );
  observed.setKey(principal.keyId);
  if (scope !== 'any')
    requireAccess(principal, { scope, ...(keyType !== undefined && { keyType }) });
  return principal;
}

/** What a request sends, the schema that it must fit, who handles it, and the bytes that tell requests apart. */
async function readSent(
  route: Route,
  { handler, uploadHandler }: Extract<Route['run'], { kind: 'handler' }>,
  req: IncomingMessage,
  limits: ReadLimits,
) {
  const { body, upload } = route;
  const form = upload && (await readForm(upload, req, limits));
  if (form && uploadHandler) {
    const sent = formValue(form, upload.fields);
    // The boundary between the parts differs in each request.
    const toBytes = () => Buffer.from(JSON.stringify(sent));
    return { schema: upload.schema, sent, toBytes, handler: uploadHandler };
  }
  const bytes = body ? await readJsonBytes(req, route, limits) : NO_BODY;
  return { schema: body, sent: body && toJson(bytes, route), toBytes: () => bytes, handler };
}

/** A form, or a body that stands for a form with one file; undefined for a body of another type. */
async function readForm(
  { limits, fileTypes = {} }: Upload,
  req: IncomingMessage,
  { bodyTimeoutMs: timeoutMs = DEFAULT_BODY_TIMEOUT_MS, onGrowth }: ReadLimits,
): Promise<MultipartForm | undefined> {
  if (isMultipart(req)) return await readMultipart(req, limits, { timeoutMs, onGrowth });
  const name = fileTypes[mediaTypeOf(req)];
  if (name === undefined) return undefined;
  const bytes = await readBody(req, { maxBytes: limits.maxFileBytes, timeoutMs, onGrowth });
  return { fields: [], files: [{ field: 'files', name, bytes }] };
}

const mediaTypeOf = ({ headers }: IncomingMessage): string =>
  (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';

async function readJsonBytes(
  req: IncomingMessage,
  route: Route,
  limits: ReadLimits,
): Promise<Buffer> {
  const maxBytes = route.maxBodyBytes ?? limits.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES;
  const type = req.headers['content-type'];
  const hasBody =
    'transfer-encoding' in req.headers || Number(req.headers['content-length'] ?? 0) > 0;
  if (hasBody && (type === undefined || !JSON_TYPE.test(type))) {
    const types = ['application/json', ...uploadTypes(route.upload)].join(', ');
    throw new AppError('request.unsupported_media_type', `Send the body as ${types}.`);
  }
  return await readBody(req, {
    maxBytes,
    timeoutMs: limits.bodyTimeoutMs ?? DEFAULT_BODY_TIMEOUT_MS,
    onGrowth: limits.onGrowth,
  });
}

function toJson(bytes: Buffer, { bodyOptional, rawField }: Route): unknown {
  if (bytes.length === 0 && bodyOptional === true) return {};
  if (rawField === undefined) return parseJson(bytes);
  // The field itself may nest as deeply as a body.
  const body = parseJson(bytes, { maxDepth: MAX_JSON_DEPTH + 1 });
  const text = fieldText(bytes, rawField);
  return text === undefined ? body : { ...(body as object), [rawField]: text };
}

async function onceByKey(
  route: Route,
  req: Request,
  toBytes: () => Buffer,
  principal: Principal | undefined,
  { idempotency, telemetry }: AppOptions,
  work: () => Promise<Reply<ResponseSchemas>>,
): Promise<Reply<ResponseSchemas>> {
  const key = route.idempotent ? idempotencyKey(req.headers['idempotency-key']) : undefined;
  if (key === undefined || !idempotency || !principal) return await work();
  const claim = {
    keyId: principal.keyId,
    key,
    requestHash: requestHash(req.method, req.url, toBytes()),
  };
  return await runOnce(
    idempotency,
    claim,
    async () => (await work()) as JsonReply<number, unknown>,
    (error) => telemetry.log.error('idempotency.not_kept', { error }),
  );
}

async function sendReply(
  req: Request,
  res: Response,
  answer: Reply<ResponseSchemas>,
  toJson: (body: unknown) => string,
): Promise<void> {
  if ('text' in answer) {
    sendText(res, answer.status, answer.contentType, answer.text, answer.headers);
  } else if (answer.body === undefined || answer.body === null) {
    res.writeHead(answer.status, answer.headers);
    res.end();
  } else {
    const json = toJson(answer.body);
    const { body, headers } = mayRevealSecret(req.method, answer.status)
      ? { body: json, headers: answer.headers }
      : await compressJson(req, json, answer.headers);
    sendText(res, answer.status, JSON_MEDIA_TYPE, body, headers);
  }
}

/**
 * A secret is shown once, where it is made or changed. Compressed beside text that others chose, its length would tell
 * about it.
 */
const mayRevealSecret = (method: string, status: number): boolean =>
  status === 201 || !['GET', 'HEAD', 'POST'].includes(method);
