import { expect, test } from '@jest/globals';
import { newUuid, type PipelineStage } from '@calseta/common';
import { type Database } from '../src/core/database.js';
import { createEnrichmentStore } from '../src/pipeline/enrichment/enrichment-store.js';
import { createExtractionStore } from '../src/pipeline/extraction/extraction-store.js';
import { withDatabase } from './with-database.js';

let database: Database;
withDatabase((opened) => {
  database = opened;
});

async function anAlert(stage: PipelineStage): Promise<string> {
  const id = newUuid();
  const at = new Date();
  const times = { occurredAt: at, receivedAt: at, lastSeenAt: at, stageChangedAt: at };
  const facts = { sourceName: 'generic', dedupKey: id, title: 'Replayed', rawPayload: {} };
  await database.prisma.alert.create({
    data: { id, ...facts, ...times, stage, revision: 2, nextSweepAt: at },
  });
  return id;
}

type Item = { alertId: string; revision: number; activity: { of: number } };

const extract = async (items: Item[]) =>
  await createExtractionStore(database).save(
    items.map((item) => ({
      ...item,
      seenAt: new Date(),
      indicators: [],
      droppedIndicatorCount: 0,
      notes: [],
    })),
  );

const enrich = async (items: Item[]) =>
  await createEnrichmentStore(database).save(
    items.map((item) => ({
      ...item,
      enrichedAt: new Date(),
      status: 'Enriched' as const,
      succeeded: [],
      notFound: [],
      failed: [],
      knownExploited: [],
      reasons: {},
      malice: 'Pending' as const,
      results: [],
      missing: [],
      verdicts: [],
    })),
  );

test.each([
  ['extraction', 'ingested' as const, 'extracted', extract],
  ['enrichment', 'extracted' as const, 'enriched', enrich],
])(
  'an %s of a revision before the replay has no part in the batch that saves the current one',
  async (_name, before, after, save) => {
    const alertId = await anAlert(before);
    const of = (revision: number): Item => ({ alertId, revision, activity: { of: revision } });
    expect(await save([of(1), of(2), of(1)])).toEqual([false, true, false]);
    const alert = await database.prisma.alert.findUniqueOrThrow({
      where: { id: alertId },
      include: { activity: true },
    });
    expect(alert).toMatchObject({ stage: after, activity: [{ kind: after, detail: { of: 2 } }] });
  },
);
