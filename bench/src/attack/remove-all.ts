import { callApi } from '../system/call-api.js';
import { type Target } from './target/start-target.js';
import { createClient } from './wire/create-client.js';

const FROM = '127.66.0.2';

/** Deletes every resource of a collection that can be deleted (`/v1/agents`), so that the next attack begins without them. */
export async function removeAll(target: Target, collection: string): Promise<void> {
  const { apiUrl, apiKey: key } = target;
  await using client = createClient(apiUrl, FROM);
  for (;;) {
    const found = await callApi<{ uuid: string }[]>(target, 'GET', `${collection}?page_size=100`);
    const answers = await Promise.all(
      found.map(
        async ({ uuid }) =>
          await client.call({ method: 'DELETE', path: `${collection}/${uuid}`, key }),
      ),
    );
    // What is built in, or has run, cannot be deleted.
    if (!answers.some(({ status }) => status === 204)) return;
  }
}
