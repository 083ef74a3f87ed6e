import { type System } from '../system/start-system.js';
import { type Percentiles, percentiles } from '../tools/statistics.js';
import { type Question } from './list-questions.js';

/** How often each question is asked, after how many times that do not count, and the time (ms) for all of them. */
export type Effort = { times: number; warmUp: number; ms: number };

export type Asked = {
  measured: (Percentiles & Pick<Question, 'name' | 'filters'>)[];
  /** Questions for which no time was left. */
  unasked: number;
};

/** A question that takes long is asked less often, so that it takes no more than this (ms). */
const LONGEST_MS = 2_000;
/** Has no factor in common with a number of questions that is no multiple of it. */
const STRIDE = 101;

/**
 * Asks one question after another until all are asked or the time is over. They are taken a stride apart, so that those
 * that were asked are spread over all.
 */
export async function askAll(
  system: Pick<System, 'apiUrl' | 'apiKey'>,
  questions: readonly Question[],
  effort: Effort,
): Promise<Asked> {
  const endsAt = performance.now() + effort.ms;
  const measured = new Map<Question, Asked['measured'][number]>();
  for (const question of spread(questions)) {
    if (performance.now() > endsAt) break;
    const { name, filters } = question;
    measured.set(question, { name, filters, ...(await measure(system, question, effort)) });
  }
  return {
    measured: questions.flatMap((question) => measured.get(question) ?? []),
    unasked: questions.length - measured.size,
  };
}

function spread<T>(all: readonly T[]): T[] {
  const step = all.length % STRIDE === 0 ? 1 : STRIDE;
  return all.map((_one, index) => all[(index * step) % all.length] as T);
}

async function measure(
  system: Pick<System, 'apiUrl' | 'apiKey'>,
  { path }: Question,
  { times, warmUp }: Effort,
): Promise<Percentiles> {
  const durations: number[] = [];
  const endsAt = performance.now() + LONGEST_MS;
  for (let count = -warmUp; count < times; count += 1) {
    const startedAt = performance.now();
    await ask(system, path);
    if (count >= 0) durations.push(performance.now() - startedAt);
    if (durations.length > 0 && performance.now() > endsAt) break;
  }
  return percentiles(durations);
}

async function ask(
  { apiUrl, apiKey }: Pick<System, 'apiUrl' | 'apiKey'>,
  path: string,
): Promise<void> {
  const response = await fetch(apiUrl + path, { headers: { authorization: `Bearer ${apiKey}` } });
  const { data } = (await response.json()) as { data?: unknown };
  if (!response.ok || data === undefined) throw new Error(`${path}: ${response.status}`);
}
