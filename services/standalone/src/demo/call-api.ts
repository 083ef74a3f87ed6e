/** Calls this Calseta as any client would; a refusal is an error that says why. */
export async function callApi<T>(
  { baseUrl, apiKey }: { baseUrl: string; apiKey: string },
  method: 'POST' | 'PATCH',
  path: string,
  body: unknown,
): Promise<{ status: number; data: T }> {
  const response = await fetch(baseUrl + path, {
    method,
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok && response.status !== 404 && response.status !== 401) {
    throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  }
  return { status: response.status, data: (JSON.parse(text) as { data: T }).data };
}
