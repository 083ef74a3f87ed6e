import { sampleEnrichment } from '@calseta/common';
import { expect, test } from '@jest/globals';
import { judgeIndicator } from '../domain/verdict.js';
import { localProviders } from './registry.js';
import { createThreatLists } from './threat-lists/index.js';
import { joinIndexes } from './threat-lists/threat-list-index.js';

test('the sample of a test push shows what the built-in providers answer', async () => {
  const sample = sampleEnrichment(new Date('2025-01-15T10:28:00Z'));
  const log = { info: () => undefined, warn: () => undefined };
  const threatLists = createThreatLists({ storedLists: { index: () => joinIndexes([]) }, log });
  const providers = localProviders({ threatLists, log });
  const context = { signal: new AbortController().signal };
  const answers = await Promise.all(
    providers.map(async ({ provider, defaults: { reliability } }) => ({
      name: provider.name,
      reliability,
      answer: await provider.lookup({ ...sample.subject, sightings: sample.seen }, context),
    })),
  );
  const found = answers.flatMap(({ name, reliability, answer }) =>
    answer.kind === 'found' ? [{ ...answer, provider: name, reliability }] : [],
  );

  const namesOf = (kind: string) =>
    answers.filter(({ answer }) => answer.kind === kind).map(({ name }) => name);
  expect(namesOf('found')).toEqual(sample.succeeded);
  expect(namesOf('not_found')).toEqual(sample.notFound);
  expect(
    Object.fromEntries(found.map(({ provider, extracted }) => [provider, { extracted }])),
  ).toEqual(sample.results);
  expect(judgeIndicator(found)).toEqual({ malice: sample.malice, reasons: sample.maliceReasons });
});
