import { z } from 'zod';

const envelopeSchema = z.object({ data: z.unknown() });

/** Calls this Calseta as any client does; `data` is undefined on 401 or 404. */
export async function callApi(
  { baseUrl, apiKey }: { baseUrl: string; apiKey: string },
  method: 'POST' | 'PATCH',
  path: string,
  body: unknown,
): Promise<unknown> {
  const response = await fetch(baseUrl + path, {
    method,
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (response.ok) return envelopeSchema.parse(JSON.parse(text)).data;
  if (response.status === 401 || response.status === 404) return undefined;
  throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
}
