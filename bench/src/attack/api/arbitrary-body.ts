import fc from 'fast-check';

/** A request body as it is sent. */
export type FuzzedBody = { text: string; contentType: string };

const JSON_TYPE = 'application/json';
const LONG = 200_000;
const DEEP = 200;

/** Values that no field expects. */
export const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown[]>(
    null, '', ' ', 'a\0b', '\ud800', '\udfff\ud800', 0, -1, 1e308, -0.5, 2 ** 53, 9e99, true, [], {}, [[]],
    '__proto__', 'constructor', 'x'.repeat(LONG), '0000-00-00T00:00:00Z', '+275760-09-13T00:00:00.001Z',
    '../../etc/passwd', '${jndi:ldap://127.0.0.1/a}', "'; DROP TABLE alerts; --", '{{secrets.x}}', '%00', '[*'.repeat(100),
    Array.from({ length: 2_000 }, () => 'x'), { $ne: null }, { toString: 'x' },
    JSON.parse(`${'['.repeat(DEEP)}${']'.repeat(DEEP)}`) as unknown,
  ),
  fc.jsonValue(),
  fc.string({ unit: 'binary', maxLength: 50 }),
); // prettier-ignore

/** What our clients never send: not JSON, not in UTF-8, or of another content type. */
const unreadable: fc.Arbitrary<FuzzedBody> = fc.oneof(
  fc
    .constantFrom('', '{', '[1,]', '{"a":1}{"a":2}', 'null', '"text"', '1e999', '{"__proto__":{"a":1}}', '{"a":1,"a":2}', '\ufeff{}', '{"a":"\u0000"}')
    .map((text) => ({ text, contentType: JSON_TYPE })),
  fc.string({ unit: 'binary', maxLength: 200 }).map((text) => ({ text, contentType: JSON_TYPE })),
  fc
    .constantFrom('text/plain', 'application/xml', 'multipart/form-data', 'application/json; charset=utf-16', 'application/json;charset="', '', 'application/x-ndjson')
    .map((contentType) => ({ text: '{}', contentType })),
); // prettier-ignore

/** Draws a body that the schema allows, the same with one value or key replaced, or one that is not JSON. */
export const arbitraryBody = (allowed: fc.Arbitrary<unknown>): fc.Arbitrary<FuzzedBody> =>
  fc.oneof(
    { weight: 2, arbitrary: allowed.map(toBody) },
    {
      weight: 5,
      arbitrary: fc
        .tuple(allowed, fc.nat({ max: 1_000 }), hostile)
        .map(([value, place, other]) => toBody(replaceAt(value, place, other))),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(allowed, fc.string({ unit: 'binary', maxLength: 20 }), hostile)
        .map(([value, key, other]) => toBody({ ...(value as object), [key]: other })),
    },
    { weight: 1, arbitrary: unreadable },
  );

const toBody = (value: unknown): FuzzedBody => ({
  text: JSON.stringify(value),
  contentType: JSON_TYPE,
});

/** Replaces one of all values inside a value; the remainder of the number selects which one. */
function replaceAt(value: unknown, place: number, other: unknown): unknown {
  let left = place % countValues(value);
  const visit = (one: unknown): unknown => {
    left -= 1;
    if (left === -1) return other;
    if (typeof one !== 'object' || one === null) return one;
    if (Array.isArray(one)) return one.map(visit);
    return Object.fromEntries(Object.entries(one).map(([key, inner]) => [key, visit(inner)]));
  };
  return visit(value);
}

const countValues = (value: unknown): number =>
  typeof value !== 'object' || value === null
    ? 1
    : Object.values(value).reduce<number>((sum, inner) => sum + countValues(inner), 1);
