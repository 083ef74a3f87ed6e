import { createVhostExpression, deleteVhostExpression } from '@calseta/local';
import { POSTGRES_IMAGE, RABBITMQ_IMAGE } from './container-images.js';
import { type BrokerProvider, type DatabaseProvider } from './server-providers.js';

export async function containerPostgres(): Promise<DatabaseProvider> {
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
  const container = await new PostgreSqlContainer(POSTGRES_IMAGE)
    .withTmpFs({ '/var/lib/postgresql': 'rw' })
    .withCommand(['postgres', '-c', 'fsync=off', '-c', 'max_connections=200'])
    .start();
  return {
    adminUrl: container.getConnectionUri(),
    async stop() {
      await container.stop();
    },
  };
}

export async function containerRabbitmq(): Promise<BrokerProvider> {
  const { RabbitMQContainer } = await import('@testcontainers/rabbitmq');
  const container = await new RabbitMQContainer(RABBITMQ_IMAGE).start();
  const evaluate = async (expression: string) => {
    const result = await container.exec(['rabbitmqctl', 'eval', expression]);
    if (result.exitCode !== 0) throw new Error(`rabbitmqctl eval failed: ${result.output}`);
    return result.output;
  };
  const address = new URL(container.getAmqpUrl());
  return {
    async createVhost(name) {
      await evaluate(createVhostExpression(name));
      return `amqp://guest:guest@${address.host}/${name}`;
    },
    deleteVhost: async (name) => Number(await evaluate(deleteVhostExpression(name))),
    async stop() {
      await container.stop();
    },
  };
}
