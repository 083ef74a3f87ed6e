import { Pool } from 'undici';
import { serveTool } from './tool.js';

export type PostPlan = {
  origin: string;
  path: string;
  body: string;
  concurrency: number;
  ms: number;
};
export type UndiciMethods = { post(plan: PostPlan): Promise<number> };

/** POSTs as fast as answers arrive, and returns the rate per second. */
async function post({ origin, path, body, concurrency, ms }: PostPlan): Promise<number> {
  const pool = new Pool(origin, { connections: concurrency });
  const endsAt = performance.now() + ms;
  let count = 0;
  const work = async () => {
    while (performance.now() < endsAt) {
      const { body: answer } = await pool.request({ path, method: 'POST', body });
      await answer.dump();
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  await pool.close();
  return (count * 1_000) / ms;
}

serveTool({ post } satisfies UndiciMethods);
