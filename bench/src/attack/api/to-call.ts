import { type ClientCall } from '../wire/create-client.js';
import { type DrawnRequest, encode } from './arbitrary-request.js';
import { type KnownRows } from './known-rows.js';

const SOURCE = 'generic';
const PROVIDERS = ['sightings', 'threat_lists', 'ip_intel', 'virustotal'];
/** No row has it. */
const NONE = '0198b7a0-0000-7000-8000-000000000000';

/** The request as it is sent, with rows that exist in the places where it asks for some. */
export function toCall(
  { operation, method, path, query, headers, body }: DrawnRequest,
  rows: KnownRows,
  key: string | undefined,
): ClientCall {
  const segments = operation.path.split('/');
  const filled = segments.map((segment, index) => {
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (name === undefined) return segment;
    const drawn = path[name] ?? { row: 0 };
    if ('text' in drawn) return drawn.text;
    return encodeURIComponent(rowOf(segments[index - 1] ?? '', name, drawn.row, rows) ?? NONE);
  });
  const search = query
    .map(([name, value]) => `${encode(name)}=${encode(referTo(name, value, rows))}`)
    .join('&');
  return {
    method,
    key,
    path: search === '' ? filled.join('/') : `${filled.join('/')}?${search}`,
    headers: { ...headers, ...(body && { 'content-type': body.type }) },
    ...(body && { body: textOf(body.content, rows) }),
  };
}

/** A row of the collection before a parameter, except where the parameter names another one. */
function rowOf(
  collection: string,
  name: string,
  index: number,
  rows: KnownRows,
): string | undefined {
  if (name === 'provider') return PROVIDERS[index % PROVIDERS.length];
  if (name !== 'source_name') return rows.pick(collection, index);
  return index % 2 === 0 ? SOURCE : rows.pick('sources', index);
}

const referTo = (name: string, value: unknown, rows: KnownRows): unknown =>
  (rows.refer({ [name]: value }) as Record<string, unknown>)[name];

const textOf = (content: NonNullable<DrawnRequest['body']>['content'], rows: KnownRows): string =>
  'text' in content ? content.text : JSON.stringify(rows.refer(content.value));
