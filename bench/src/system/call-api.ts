import { Agent, request } from 'undici';
import { type System } from './start-system.js';

/** A connection for each call: the other side may close a kept connection just when it is used again. */
const dispatcher = new Agent({ pipelining: 0 });

/** Calls alerts-api and expects success. */
export async function callApi<T>(
  { apiUrl, apiKey }: Pick<System, 'apiUrl' | 'apiKey'>,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const response = await request(apiUrl + path, {
    dispatcher,
    method: method as 'GET',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const answer = (await response.body.json()) as { data: T };
  if (response.statusCode >= 300)
    throw new Error(`${method} ${path}: ${response.statusCode} ${JSON.stringify(answer)}`);
  return answer.data;
}
