import { type Database } from '@calseta/database';
import { type RabbitmqServer } from '@calseta/local';
import { connect } from 'amqplib';

/** `PostgreSQL 18.4, RabbitMQ 4.3.0`, as the servers report them. */
export async function readServerVersions({
  database,
  rabbitmq,
}: {
  database: Database;
  rabbitmq: RabbitmqServer;
}): Promise<string> {
  const { rows } = await database.pool.query<{ server_version: string }>('SHOW server_version');
  const connection = await connect(rabbitmq.url);
  const { version } = connection.connection.serverProperties;
  await connection.close();
  return `PostgreSQL ${rows[0]?.server_version ?? '?'}, RabbitMQ ${version}`;
}
