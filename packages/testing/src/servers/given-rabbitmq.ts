import { type BrokerProvider } from './server-providers.js';

const DEFAULT_MANAGEMENT_PORT = '15672';

/** A configured server; its management plugin creates the virtual hosts. */
export function givenRabbitmq(amqpUrl: string, managementUrl: string | undefined): BrokerProvider {
  const amqp = new URL(amqpUrl);
  const base = managementUrl ?? `http://${amqp.hostname}:${DEFAULT_MANAGEMENT_PORT}`;
  const user = decodeURIComponent(amqp.username || 'guest');
  const password = decodeURIComponent(amqp.password || 'guest');
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(new URL(`/api/${path}`, base), {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      const hint = 'TEST_AMQP_URL needs the management plugin; name it by TEST_AMQP_MANAGEMENT_URL';
      throw new Error(`The RabbitMQ management API does not answer. ${hint}`, { cause });
    });
    if (!response.ok) throw new Error(`RabbitMQ management: ${method} ${path}: ${response.status}`);
    return method === 'GET' ? await response.json() : undefined;
  };
  return {
    async createVhost(name) {
      await call('PUT', `vhosts/${name}`, {});
      const everything = { configure: '.*', write: '.*', read: '.*' };
      await call('PUT', `permissions/${name}/${encodeURIComponent(user)}`, everything);
      const url = new URL(amqpUrl);
      url.pathname = `/${name}`;
      return url.href;
    },
    async deleteVhost(name) {
      const open = (await call('GET', `vhosts/${name}/connections`)) as unknown[];
      await call('DELETE', `vhosts/${name}`);
      return open.length;
    },
    stop: () => Promise.resolve(),
  };
}
