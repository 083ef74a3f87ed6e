/** Admin key of every e2e test, created by the first start. */
export const ADMIN_KEY = 'cai_the-admin-key-of-these-tests-0123456789';

export type Answer = {
  status: number;
  headers: Headers;
  /** The whole body, parsed. */
  body: { data: never; meta: Record<string, unknown> } & Record<string, unknown>;
};

export type CallOptions = { body?: unknown; key?: string; headers?: Record<string, string> };

export type Api = {
  url: string;
  call: (method: string, path: string, options?: CallOptions) => Promise<Answer>;
  /** Like call, but fails unless the answer is a success, and returns its data. */
  ask: <T>(method: string, path: string, body?: unknown) => Promise<T>;
};

const TIMEOUT_MS = 30_000;

/** A client of the REST API; a body that is a string is sent unchanged. */
export function createApi(url: string): Api {
  const call: Api['call'] = async (method, path, options = {}) => {
    const { body, key = ADMIN_KEY, headers = {} } = options;
    const response = await fetch(url + path, {
      method,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? {} : JSON.parse(text)) as Answer['body'],
    };
  };
  return {
    url,
    call,
    async ask(method, path, body) {
      const answer = await call(method, path, body === undefined ? {} : { body });
      if (answer.status < 300) return answer.body.data;
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    },
  };
}
