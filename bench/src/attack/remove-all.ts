import { callApi } from '../system/call-api.js';
import { type Target } from './target/start-target.js';
import { createClient } from './wire/create-client.js';

const FROM = '127.66.0.2';

/** Deletes every resource of a collection (`/v1/agents`), so that the next attack begins without them. */
export async function removeAll(target: Target, collection: string): Promise<void> {
  const { apiUrl, apiKey: key } = target;
  await using client = createClient(apiUrl, FROM);
  for (;;) {
    const found = await callApi<{ uuid: string; pass?: string }[]>(
      target,
      'GET',
      `${collection}?page_size=100`,
    );
    // Built-in resources cannot be deleted.
    const own = found.filter(({ pass }) => pass !== 'system');
    if (own.length === 0) return;
    await Promise.all(
      own.map(
        async ({ uuid }) =>
          await client.call({ method: 'DELETE', path: `${collection}/${uuid}`, key }),
      ),
    );
  }
}
