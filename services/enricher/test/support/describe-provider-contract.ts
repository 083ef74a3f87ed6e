import { type IndicatorType } from '@calseta/common';
import {
  answerRecorded,
  compileLookup,
  createEnrichmentProviderSchema,
  lookupSchema,
  type LookupReading,
  noTokens,
  runLookup,
} from '@calseta/http-steps';
import { describe, expect, test } from '@jest/globals';
import { type BuiltinProvider } from '../../src/providers/builtin/builtin-provider.js';

export type Indicator = { type: IndicatorType; value: string };
export type Answer = { status: number; body: unknown };

/** What the provider reads in recorded answers, and the URLs that it asks for. */
export async function readRecorded(
  provider: BuiltinProvider,
  indicator: Indicator,
  answers: readonly Answer[],
): Promise<LookupReading & { urls: string[] }> {
  const compiled = compileLookup(lookupSchema.parse(provider.lookup));
  if (!compiled.ok) throw new Error(`${provider.name}: ${JSON.stringify(compiled.issues)}`);
  const urls: string[] = [];
  const recorded = answerRecorded(answers);
  const reading = await runLookup({
    lookup: compiled.value,
    indicator,
    secrets: Object.fromEntries(compiled.value.secrets.map((secret) => [secret, 'x'])),
    baseUrl: provider.base_url ?? 'https://contoso.okta.example',
    replacesOrigin: false,
    tokens: noTokens,
    send: async (request, step) => {
      urls.push(request.url);
      return await recorded.send(request, step);
    },
  });
  return { ...reading, urls };
}

/** What holds for every built-in provider, whatever it knows. */
export function describeProviderContract(provider: BuiltinProvider): void {
  const { name, title, quotas, ttls, reliability, timeout_ms, lookup, variables } = provider;
  const read = async (status: number, body: unknown) => {
    const [type = 'ip'] = lookup.indicator_types;
    const answer = await readRecorded(provider, { type, value: 'x' }, [{ status, body }]);
    return [answer.status, answer.errorKind, answer.malice];
  };

  describe(`${name}, as every provider,`, () => {
    test('fits what the API takes, and has a variable for each credential', () => {
      const draft = { name, title, quotas, ttls, reliability, timeout_ms, ...lookup };
      expect(createEnrichmentProviderSchema.safeParse(draft).error).toBeUndefined();
      expect(Object.keys(variables.secrets).sort()).toEqual([...(lookup.secrets ?? [])].sort());
    });

    test.each([
      [401, { message: 'no' }, ['failed', 'auth', 'Pending']],
      [429, {}, ['quota', undefined, 'Pending']],
      [500, {}, ['failed', 'error', 'Pending']],
      [200, '<html>', ['failed', 'bad_response', 'Pending']],
    ])('reads %i with %j as %j', async (status, body, expected) => {
      expect(await read(status, body)).toEqual(expected);
    });
  });
}
