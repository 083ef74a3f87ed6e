import { setTimeout as delay } from 'node:timers/promises';
import { generateApiKey } from '@calseta/common';
import { type Goal } from '../report/section.js';
import { percentiles } from '../tools/statistics.js';
import { type Target } from './target/start-target.js';
import { type Client, createClient } from './wire/create-client.js';

const READER = '127.66.3.3';
const ALERTS = '/v1/alerts?page_size=1';
/** 1,000 a minute. */
const GUESS_EVERY_MS = 60;
/** Spans with and without guesses take turns, so that what else the machine does falls on both. */
const ROUNDS = 4;
const READS = 250;
const READ_EVERY_MS = 10;
const MAX_RATIO = 1.2;

/** How much slower good requests are while one address sends 1,000 wrong keys a minute, by their p95. */
export async function judgeSlowing(target: Target, guesser: Client): Promise<Goal> {
  await using reader = createClient(target.apiUrl, READER);
  const read = async (): Promise<number[]> => await readSome(reader, target.apiKey);
  await read();
  const quiet: number[] = [];
  const beside: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    quiet.push(...(await read()));
    const stop = startGuessing(guesser);
    beside.push(...(await read()));
    await stop();
  }
  const [alone, guessed] = [percentiles(quiet).p95, percentiles(beside).p95];
  const ratio = guessed / alone;
  return {
    name: 'p95 of good requests beside 1,000 wrong keys a minute, as a multiple of it without them',
    wanted: `≤ ${MAX_RATIO}`,
    measured: `${ratio.toFixed(2)} (${guessed.toFixed(1)} ms, ${alone.toFixed(1)} ms without)`,
    isMet: ratio <= MAX_RATIO,
  };
}

/** Durations of reads one after the other, ms. */
async function readSome(reader: Client, key: string): Promise<number[]> {
  const durations: number[] = [];
  for (let count = 0; count < READS; count += 1) {
    const { status, durationMs } = await reader.call({ method: 'GET', path: ALERTS, key });
    if (status !== 200) throw new Error(`A good key was answered ${status}.`);
    durations.push(durationMs);
    await delay(READ_EVERY_MS);
  }
  return durations;
}

/** Sends wrong keys until it is stopped; an answer may take a second, and none is waited for. */
function startGuessing(guesser: Client): () => Promise<void> {
  const under = new Set<Promise<unknown>>();
  const timer = setInterval(() => {
    const { key } = generateApiKey();
    const guess = guesser
      .call({ method: 'GET', path: ALERTS, key })
      .finally(() => under.delete(guess));
    under.add(guess);
  }, GUESS_EVERY_MS);
  return async () => {
    clearInterval(timer);
    await Promise.all(under);
  };
}
