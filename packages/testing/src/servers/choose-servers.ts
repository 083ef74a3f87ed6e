import { containerPostgres, containerRabbitmq } from './container-servers.js';
import { dockerAnswers } from './docker-answers.js';
import { givenRabbitmq } from './given-rabbitmq.js';
import { localPostgres, localRabbitmq } from './local-servers.js';
import { type BrokerProvider, type DatabaseProvider, type Say } from './server-providers.js';

/** The configured server, else a container, else a local server. */
export async function choosePostgres(env: NodeJS.ProcessEnv, say: Say): Promise<DatabaseProvider> {
  const given = env['TEST_DATABASE_URL'];
  if (given) return { adminUrl: given, stop: () => Promise.resolve() };
  if (await dockerAnswers(env['DOCKER_HOST'])) {
    say('Postgres: a container');
    return await containerPostgres();
  }
  say('Postgres: a server of our own, on this machine');
  return await localPostgres();
}

/** The same for RabbitMQ, which is installed when it is missing and can be. */
export async function chooseRabbitmq(env: NodeJS.ProcessEnv, say: Say): Promise<BrokerProvider> {
  const given = env['TEST_AMQP_URL'];
  if (given) return givenRabbitmq(given, env['TEST_AMQP_MANAGEMENT_URL']);
  if (await dockerAnswers(env['DOCKER_HOST'])) {
    say('RabbitMQ: a container');
    return await containerRabbitmq();
  }
  say('RabbitMQ: a node of our own, on this machine');
  return await localRabbitmq(say);
}
