import {
  deadLetterQueueName,
  LANES,
  MESSAGE_TYPES,
  queueName,
  REQUESTS,
  retryQueueName,
  routingKey,
  SUBSCRIPTIONS,
} from '@calseta/common';
import { renderTopology } from '@calseta/messaging';

const HEADING = `# Messages, requests and queues

Made by \`npm run docs\` from [pipeline.ts](../packages/common/src/pipeline.ts) and
[requests.ts](../packages/common/src/requests.ts).`;

/** Renders the page about the messages of the broker. */
export function renderTopologyPage(): string {
  const subscriptions = Object.values(SUBSCRIPTIONS);
  const messages = MESSAGE_TYPES.map((type) => [
    code(type),
    subscriptions
      .filter(({ consumes }) => consumes === type)
      .map(({ service }) => service)
      .join(', '),
    LANES.map((lane) => code(routingKey(type, lane))).join(', '),
  ]);
  const queues = subscriptions.flatMap((subscription) =>
    LANES.map((lane) => {
      const queue = queueName(subscription, lane);
      const waits = subscription.retryDelaysSeconds.map((delay) => `${delay} s`);
      return [code(queue), waits.join(', '), code(deadLetterQueueName(queue))];
    }),
  );
  const requests = Object.values(REQUESTS).map(({ topic, purpose, deadlineMs }) => [
    code(topic),
    topic.split('.', 1)[0] ?? '',
    purpose,
    `${deadlineMs / 1_000} s`,
    code(`calseta.requests.${topic}`),
  ]);
  const exchanges = renderTopology(subscriptions).exchanges.map(
    ({ name, type }) => `${code(name)} (${type})`,
  );
  return (
    [
      HEADING,
      '## Messages',
      'A message names an alert and its revision; the alert itself is in Postgres. Each is published after the commit that it tells of.',
      table(['message', 'consumed by', 'routing keys'], messages),
      '## Queues',
      `Exchanges: ${exchanges.join(', ')}. A failed message waits in one queue for each delay (${code(retryQueueName('<queue>', 5))}), one after the other. Then it goes to the dead letters, and its alert to \`failed\`.`,
      table(['queue', 'waits', 'dead letters'], queues),
      '## Requests',
      'What one service asks of another: at most once, with a deadline, checked against its schemas at both ends. alerts-api asks all of them.',
      table(['request', 'answered by', 'for', 'deadline', 'queue'], requests),
    ].join('\n\n') + '\n'
  );
}

const code = (text: string) => `\`${text}\``;

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}
