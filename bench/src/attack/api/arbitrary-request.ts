import fc from 'fast-check';
import { arbitraryBody, type FuzzedBody, hostile } from './arbitrary-body.js';
import { arbitraryOf } from './arbitrary-of-schema.js';
import { type Description, type Operation, type Parameter } from './read-description.js';

/** Whose key a request carries. */
export const HOLDERS = ['admin', 'reader', 'stranger', 'nobody'] as const;
export type Holder = (typeof HOLDERS)[number];

/** A value of the path or the query: drawn, or the nth row that exists. */
export type Drawn = { text: string } | { row: number };

/** A drawn request, in which rows that exist are not yet named. */
export type DrawnRequest = {
  operation: Operation;
  method: string;
  path: Readonly<Record<string, Drawn>>;
  query: readonly (readonly [name: string, value: unknown])[];
  headers: Readonly<Record<string, string>>;
  body: { type: string; content: { value: unknown } | { text: string } } | undefined;
  holder: Holder;
};

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
/** Fields that make a request wait; a drawn one waits for a second at most. */
const WAITS = 'wait_seconds';
const JSON_TYPE = 'application/json';
const FORM_TYPE = 'multipart/form-data';
const BOUNDARY = 'a-boundary-of-the-conformance-door';

/** Requests of a route: most as it declares them, others wrong in one place, or in all of them. */
export function arbitraryRequest(
  operation: Operation,
  { schemas }: Pick<Description, 'schemas'>,
): fc.Arbitrary<DrawnRequest> {
  const valueOf = ({ name, schema }: Parameter) =>
    name === WAITS ? fc.constantFrom(0, 1) : arbitraryOf(schema, schemas);
  const of = (place: string) => operation.parameters.filter((one) => one.in === place);
  const valid = fc.record({
    operation: fc.constant(operation),
    method: fc.constant(operation.method),
    path: fc.record(
      Object.fromEntries(of('path').map((one) => [one.name, pathValue(one, valueOf)])),
    ),
    query: someOf(of('query'), valueOf),
    headers: someOf(of('header'), valueOf).map(toHeaders),
    body: validBody(operation, schemas),
    holder: fc.constantFrom<Holder>('admin'),
  });
  const broken = (fields: Partial<Record<keyof DrawnRequest, fc.Arbitrary<unknown>>>) =>
    fc.tuple(valid, fc.record(fields)).map(([good, bad]) => ({ ...good, ...bad }) as DrawnRequest);
  const wrong = {
    path: fc.record(Object.fromEntries(of('path').map(({ name }) => [name, hostilePathValue]))),
    query: fc.tuple(someOf(of('query'), valueOf), hostileQuery(of('query'))).map((both) => both.flat()),
    headers: fc.dictionary(fc.constantFrom('Idempotency-Key', 'If-Match', 'Accept', 'Accept-Encoding', 'X-Request-ID', 'traceparent', 'Content-Encoding', 'X-Forwarded-For'), latin, { maxKeys: 3 }),
    body: hostileBody(operation, schemas),
    holder: fc.constantFrom<Holder>(...HOLDERS),
    method: fc.constantFrom(...METHODS),
  }; // prettier-ignore
  return fc.oneof(
    { weight: 10, arbitrary: valid },
    ...Object.entries(wrong).map(([field, arbitrary]) => ({
      weight: field === 'body' && operation.body ? 4 : 1,
      arbitrary: broken({ [field]: arbitrary }),
    })),
    { weight: 1, arbitrary: broken(wrong) },
  );
}

/** Header values that HTTP allows. */
const latin = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).filter((code) => code !== 0x7f).map((code) => String.fromCodePoint(code)), maxLength: 300 }); // prettier-ignore

const pathValue = (
  parameter: Parameter,
  valueOf: (parameter: Parameter) => fc.Arbitrary<unknown>,
): fc.Arbitrary<Drawn> =>
  fc.oneof(
    { weight: 9, arbitrary: fc.nat({ max: 1_000 }).map((row) => ({ row })) },
    { weight: 1, arbitrary: valueOf(parameter).map((value) => ({ text: encode(value) })) },
  );

/** Also what is no percent-encoding, and what is no UTF-8. */
const hostilePathValue: fc.Arbitrary<Drawn> = fc
  .oneof(
    fc.constantFrom('%', '%zz', '%ff', '%00', '%ED%A0%80', '%2e%2e%2f', '%2F', '-1', '0', 'null', '*', '9'.repeat(400), 'a'.repeat(3_000)),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).map(encode),
  )
  .map((text) => ({ text })); // prettier-ignore

/** Each parameter in half of the cases, required ones always. */
const someOf = (
  parameters: readonly Parameter[],
  valueOf: (parameter: Parameter) => fc.Arbitrary<unknown>,
): fc.Arbitrary<[string, unknown][]> =>
  fc
    .tuple(
      fc.nat({ max: 3 }),
      ...parameters.map((one) => fc.tuple(fc.constant(one), valueOf(one), fc.nat({ max: 9 }))),
    )
    .map(([wanted, ...drawn]) =>
      drawn
        .toSorted(([, , a], [, , b]) => a - b)
        .filter(([{ required }], index) => required || index < wanted)
        .map(([{ name }, value]) => [name, value]),
    );

const hostileQuery = (parameters: readonly Parameter[]): fc.Arbitrary<[string, unknown][]> => {
  const names = parameters.map(({ name }) => name);
  return fc.array(
    fc.tuple(
      fc.oneof(fc.constantFrom('no_such', '__proto__', 'page_size', ...names), fc.string({ unit: 'binary', maxLength: 10 })),
      fc.oneof(fc.constantFrom('', '-1', '1e999', '9'.repeat(30), 'null', ',,,', '2025-02-30T00:00:00Z', '0000-01-01T00:00:00Z'), hostile),
    ),
    { minLength: 1, maxLength: 3 },
  );
}; // prettier-ignore

const toHeaders = (pairs: readonly (readonly [string, unknown])[]): Record<string, string> =>
  Object.fromEntries(
    pairs.map(([name, value]) => [name, String(value).replaceAll(/[^\x21-\x7e]/g, 'x')]),
  );

type Schemas = Description['schemas'];

function validBody({ bodies }: Operation, schemas: Schemas): fc.Arbitrary<DrawnRequest['body']> {
  const types = Object.entries(bodies);
  if (types.length === 0) return fc.constant(undefined);
  return fc.oneof(
    ...types.map(([type, body]) => ({
      weight: type === JSON_TYPE ? 4 : 1,
      arbitrary: allowedBody(body, schemas).map((value) => contentOf(type, value)),
    })),
  );
}

/** A body by the schema, or one of those that are printed. */
const allowedBody = (
  { schema, examples }: Operation['bodies'][string],
  schemas: Schemas,
): fc.Arbitrary<unknown> =>
  fc.oneof(
    arbitraryOf(schema, schemas),
    ...(examples.length > 0 ? [fc.constantFrom(...examples)] : []),
  );

/** Another body, or one where the route takes none. */
function hostileBody({ bodies }: Operation, schemas: Schemas): fc.Arbitrary<DrawnRequest['body']> {
  const types = [JSON_TYPE, ...Object.keys(bodies), 'text/plain', 'application/octet-stream', ''];
  const body = bodies[JSON_TYPE];
  const json = arbitraryBody(body ? allowedBody(body, schemas) : fc.jsonValue()).map(
    ({ text, contentType: type }: FuzzedBody) => ({ type, content: { text } }),
  );
  const other = fc.record({
    type: fc.constantFrom(...types),
    content: fc.string({ unit: 'binary', maxLength: 500 }).map((text) => ({ text })),
  });
  return fc.oneof(
    { weight: 4, arbitrary: json },
    { weight: 1, arbitrary: other },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}

function contentOf(type: string, value: unknown): NonNullable<DrawnRequest['body']> {
  if (type === JSON_TYPE) return { type, content: { value } };
  if (type === FORM_TYPE)
    return { type: `${type}; boundary=${BOUNDARY}`, content: { text: toForm(value) } };
  const text = typeof value === 'string' ? value : new URLSearchParams(value as never).toString();
  return { type, content: { text } };
}

/** Text fields, and the names and texts of `files` as files. */
function toForm(value: unknown): string {
  const { files = [], ...fields } = value as { files?: unknown };
  const parts = [
    ...Object.entries(fields).map(([name, field]) => [`name="${name}"`, spell(field)] as const),
    ...[files].flat().map((file) => {
      const { name, ...content } = file as Record<string, unknown>;
      const plain = spell(name ?? '').replaceAll(/[^\w.-]/g, 'x');
      return [
        `name="files"; filename="${plain}"`,
        spell(Object.values(content)[0] ?? file),
      ] as const;
    }),
  ];
  const lines = parts.map(
    ([head, text]) => `--${BOUNDARY}\r\ncontent-disposition: form-data; ${head}\r\n\r\n${text}\r\n`,
  );
  return `${lines.join('')}--${BOUNDARY}--\r\n`;
}

const spell = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

/** Percent-encoding that takes lone surrogates too, as the bytes that other languages make of them. */
export function encode(value: unknown): string {
  const text = Array.isArray(value) ? value.map(spell).join() : spell(value ?? '');
  return Array.from(text)
    .map((character) => {
      const code = character.codePointAt(0) ?? 0;
      if (code >= 0xd800 && code <= 0xdfff)
        return `%ED%${(0x80 | ((code >> 6) & 0x3f)).toString(16)}%${(0x80 | (code & 0x3f)).toString(16)}`;
      return encodeURIComponent(character);
    })
    .join('');
}
