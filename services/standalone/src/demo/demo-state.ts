import { z } from 'zod';
import { readPrivate, writePrivate } from '../data-dir.js';

const FILE = 'demo.json';

const demoStateSchema = z.object({
  apiKey: z.string(),
  agentUuid: z.string(),
  signingSecret: z.string(),
});

/** What the echo agent keeps between starts. */
export type DemoState = z.infer<typeof demoStateSchema>;

export async function readDemoState(dataDir: string): Promise<DemoState | undefined> {
  const text = await readPrivate(dataDir, FILE);
  return text === undefined ? undefined : demoStateSchema.parse(JSON.parse(text));
}

export const writeDemoState = async (dataDir: string, state: DemoState): Promise<void> =>
  await writePrivate(dataDir, FILE, JSON.stringify(state));
