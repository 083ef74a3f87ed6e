import { afterAll, beforeAll } from '@jest/globals';
import { testRabbitmq } from '@calseta/testing';
import { rabbitmqUnderTest } from './rabbitmq-fixture.js';
import { describeTransportContract } from './transport-contract.js';

let broker: Awaited<ReturnType<typeof testRabbitmq>>;
beforeAll(async () => {
  broker = await testRabbitmq();
});
afterAll(async () => await broker.drop());

describeTransportContract('RabbitMQ', async () => await rabbitmqUnderTest(broker.url));
