import { aRequest } from './a-request.js';
import { z } from 'zod';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type AlertMessage,
  AppError,
  PermanentError,
  SUBSCRIPTIONS,
  type Subscription,
  newTraceparent,
  newUuid,
  parseTraceparent,
} from '@calseta/common';
import { eventually } from '@calseta/testing';
import {
  type ConsumeOptions,
  type HandlingContext,
  type MessageHandled,
  type PipelineTransport,
} from '../src/transport.js';

/** A dead letter in the same form for each transport. */
export type SeenDeadLetter = { body: string; headers: Record<string, unknown> };

/** One transport under test, with two actions that its users do not have. */
export type TransportUnderTest = {
  transport: PipelineTransport;
  /** Puts bytes on the normal lane, as another program or a newer release might. */
  publishRaw(subscription: Subscription, body: string): Promise<void>;
  deadLetters(subscription: Subscription): Promise<SeenDeadLetter[]>;
  close(): Promise<void>;
};

/** Lanes of the extractor and the enricher with delays short enough for tests. */
export const FIRST: Subscription = { ...SUBSCRIPTIONS.extractor, retryDelaysSeconds: [0.1, 0.3] };
export const SECOND: Subscription = { ...SUBSCRIPTIONS.enricher, retryDelaysSeconds: [0.1] };

export function aMessage(overrides: Partial<AlertMessage> = {}): AlertMessage {
  return {
    schema_version: 1,
    message_id: newUuid(),
    type: 'alert.ingested',
    alert_id: newUuid(),
    revision: 1,
    lane: 'normal',
    occurred_at: new Date().toISOString(),
    ...overrides,
  };
}

export function nextOf(message: AlertMessage): AlertMessage {
  return aMessage({
    type: 'alert.extracted',
    alert_id: message.alert_id,
    lane: message.lane,
    causation_id: message.message_id,
  });
}

export function recorder(overrides: Partial<ConsumeOptions> = {}) {
  const handled: MessageHandled[] = [];
  const dead: { alertId: string; error: Error }[] = [];
  const options: ConsumeOptions = {
    prefetch: 4,
    observer: {
      handled: (event) => void handled.push(event),
    },
    onDeadLetter: async (message, error) => {
      dead.push({ alertId: message.alert_id, error });
    },
    ...overrides,
  };
  return { handled, dead, options };
}

/** A promise with its resolver, to hold a handler. */
export function gate() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

export function describeTransportContract(name: string, make: () => Promise<TransportUnderTest>) {
  describe(`${name}: the transport contract`, () => {
    let subject: TransportUnderTest;
    let transport: PipelineTransport;

    beforeEach(async () => {
      subject = await make();
      transport = subject.transport;
    });
    afterEach(async () => await subject.close());

    test('delivers a message to the subscription of its type and acks it', async () => {
      const { handled, options } = recorder();
      const seen: [AlertMessage, HandlingContext][] = [];
      await transport.consume(
        FIRST,
        async (message, context) => void seen.push([message, context]),
        options,
      );
      const message = aMessage({ occurred_at: new Date(Date.now() - 5_000).toISOString() });
      await transport.publish(message);
      await eventually(() => expect(handled).toHaveLength(1));
      expect(seen[0]?.[0]).toEqual(message);
      expect(seen[0]?.[1].attempt).toBe(1);
      expect(handled[0]).toMatchObject({
        queue: 'extractor.alert-ingested',
        messageId: message.message_id,
        alertId: message.alert_id,
        attempt: 1,
        outcome: 'acked',
      });
      expect(handled[0]?.waitMs).toBeGreaterThanOrEqual(5_000);
      expect(handled[0]?.error).toBeUndefined();
    });

    test('keeps messages for a consumer that comes later', async () => {
      const { handled, options } = recorder();
      await transport.publish(aMessage());
      await transport.publish(aMessage({ lane: 'urgent' }));
      await transport.publish(aMessage({ lane: 'urgent' }));
      const depths = async () => [
        await transport.queueDepth(FIRST, 'normal'),
        await transport.queueDepth(FIRST, 'urgent'),
      ];
      await eventually(async () => expect(await depths()).toEqual([1, 2]));
      await transport.consume(FIRST, async () => undefined, options);
      await eventually(() => expect(handled).toHaveLength(3));
      await eventually(async () => expect(await depths()).toEqual([0, 0]));
    });

    test('publishes the next message before it acks', async () => {
      const first = recorder();
      const second = recorder();
      const order: string[] = [];
      first.options.observer.handled = () => void order.push('first acked');
      const received: AlertMessage[] = [];
      await transport.consume(FIRST, async (message) => nextOf(message), first.options);
      await transport.publish(aMessage());
      await eventually(async () => {
        expect(order).toEqual(['first acked']);
        expect(await transport.queueDepth(SECOND, 'normal')).toBe(1);
      });
      await transport.consume(
        SECOND,
        async (message) => void received.push(message),
        second.options,
      );
      await eventually(() => expect(received[0]?.type).toBe('alert.extracted'));
    });

    test('retries a passing failure with growing delays, then dead-letters it once', async () => {
      const { handled, dead, options } = recorder();
      const at: number[] = [];
      const attempts: number[] = [];
      await transport.consume(
        FIRST,
        async (_, { attempt }) => {
          at.push(Date.now());
          attempts.push(attempt);
          throw new Error(`failure ${attempt}`);
        },
        options,
      );
      const message = aMessage();
      await transport.publish(message);
      await eventually(() => expect(dead).toHaveLength(1), { timeoutMs: 5_000 });
      expect(attempts).toEqual([1, 2, 3]);
      expect(at[1]! - at[0]!).toBeGreaterThanOrEqual(95);
      expect(at[2]! - at[1]!).toBeGreaterThanOrEqual(290);
      expect(dead[0]).toMatchObject({ alertId: message.alert_id, error: { message: 'failure 3' } });
      await eventually(() =>
        expect(handled.map(({ outcome }) => outcome)).toEqual([
          'retried',
          'retried',
          'dead_lettered',
        ]),
      );
      await eventually(async () => expect(await subject.deadLetters(FIRST)).toHaveLength(1));
      const [letter] = await subject.deadLetters(FIRST);
      expect(JSON.parse(letter!.body)).toEqual(message);
      expect(letter!.headers).toMatchObject({
        'x-attempts': 3,
        'x-error-code': 'internal.error',
        'x-original-exchange': 'calseta.alerts',
        'x-original-routing-key': 'alert.ingested',
      });
      expect(Date.parse(String(letter!.headers['x-first-failed-at']))).toBeLessThanOrEqual(at[1]!);
    });

    test('acks a message whose retry succeeds', async () => {
      const { handled, dead, options } = recorder();
      await transport.consume(
        FIRST,
        async (_, { attempt }) => {
          if (attempt === 1) throw new Error('not yet');
          return undefined;
        },
        options,
      );
      await transport.publish(aMessage());
      await eventually(() =>
        expect(handled.map(({ outcome, attempt }) => [outcome, attempt])).toEqual([
          ['retried', 1],
          ['acked', 2],
        ]),
      );
      expect(dead).toEqual([]);
    });

    test('never gives a message up over an outage of ours', async () => {
      const { handled, dead, options } = recorder();
      await transport.consume(
        SECOND,
        async (_, { attempt }) => {
          if (attempt < 5) throw new AppError('service.unavailable', 'The database is away.');
          return undefined;
        },
        options,
      );
      await transport.publish(aMessage({ type: 'alert.extracted' }));
      await eventually(
        () => expect(handled.at(-1)).toMatchObject({ outcome: 'acked', attempt: 5 }),
        {
          timeoutMs: 5_000,
        },
      );
      expect(dead).toEqual([]);
    });

    test('dead-letters a permanent error at once', async () => {
      const { handled, dead, options } = recorder();
      await transport.consume(
        FIRST,
        async () => {
          throw new PermanentError('alert.transition_invalid', 'No such move.');
        },
        options,
      );
      await transport.publish(aMessage());
      await eventually(() => expect(handled).toHaveLength(1));
      expect(handled[0]).toMatchObject({ outcome: 'dead_lettered', attempt: 1 });
      expect(dead).toHaveLength(1);
      await eventually(async () =>
        expect((await subject.deadLetters(FIRST))[0]?.headers).toMatchObject({
          'x-attempts': 1,
          'x-error-code': 'alert.transition_invalid',
        }),
      );
    });

    test('survives a failing onDeadLetter', async () => {
      const { handled, options } = recorder({
        onDeadLetter: async () => {
          throw new Error('the database is away');
        },
      });
      await transport.consume(
        FIRST,
        async () => {
          throw new PermanentError('message.invalid', 'No.');
        },
        options,
      );
      await transport.publish(aMessage());
      await eventually(() => expect(handled[0]?.outcome).toBe('dead_lettered'));
      expect(transport.isReady()).toBe(true);
    });

    test.each([
      ['text that is no JSON', 'not json {'],
      ['an empty body', ''],
      [
        'a message of an unknown schema version',
        JSON.stringify({ ...aMessage(), schema_version: 99 }),
      ],
      ['an oversized message', JSON.stringify({ ...aMessage(), more: 'x'.repeat(20_000) })],
    ])('dead-letters %s without a try, and goes on', async (_, body) => {
      const { handled, dead, options } = recorder();
      const seen: AlertMessage[] = [];
      await subject.publishRaw(FIRST, body);
      await transport.consume(FIRST, async (message) => void seen.push(message), options);
      const good = aMessage();
      await transport.publish(good);
      await eventually(() => expect(handled).toHaveLength(2));
      expect(seen).toEqual([good]);
      expect(dead).toEqual([]);
      await eventually(async () => {
        const [letter] = await subject.deadLetters(FIRST);
        expect(letter?.body).toBe(body);
        expect(letter?.headers).toMatchObject({
          'x-error-code': 'message.invalid',
          'x-attempts': 1,
        });
      });
    });

    test('does not let a failing message disturb its neighbours', async () => {
      const { handled, options } = recorder({ prefetch: 1 });
      const bad = aMessage();
      await transport.consume(
        FIRST,
        async ({ alert_id }) => {
          if (alert_id === bad.alert_id) throw new Error('bad');
          return undefined;
        },
        options,
      );
      const good = Array.from({ length: 5 }, () => aMessage());
      for (const message of [bad, ...good]) await transport.publish(message);
      await eventually(() => {
        const acked = handled.filter(({ outcome }) => outcome === 'acked');
        expect(acked.map(({ alertId }) => alertId)).toEqual(good.map(({ alert_id }) => alert_id));
      });
    });

    test('lets the urgent lane overtake a flood in the normal one', async () => {
      const { handled, options } = recorder({ prefetch: 1 });
      const flood = gate();
      await transport.consume(
        FIRST,
        async ({ lane }) => {
          if (lane === 'normal') await flood.opened;
          return undefined;
        },
        options,
      );
      await Promise.all(Array.from({ length: 200 }, () => transport.publish(aMessage())));
      const urgent = aMessage({ lane: 'urgent' });
      await transport.publish(urgent);
      await eventually(() =>
        expect(handled.map(({ alertId }) => alertId)).toEqual([urgent.alert_id]),
      );
      expect(handled[0]?.queue).toBe('extractor.alert-ingested.urgent');
      flood.open();
      await eventually(() => expect(handled).toHaveLength(201), { timeoutMs: 5_000 });
    });

    test('works on as many messages at once as prefetch says, and no more', async () => {
      const { handled, options } = recorder({ prefetch: 3 });
      const hold = gate();
      let running = 0;
      let most = 0;
      await transport.consume(
        FIRST,
        async () => {
          most = Math.max(most, (running += 1));
          await hold.opened;
          running -= 1;
          return undefined;
        },
        options,
      );
      // Some are published together, some one by one.
      await Promise.all(Array.from({ length: 5 }, () => transport.publish(aMessage())));
      for (let count = 0; count < 5; count += 1) await transport.publish(aMessage());
      await eventually(() => expect(running).toBe(3));
      hold.open();
      await eventually(() => expect(handled).toHaveLength(10));
      expect(most).toBe(3);
    });

    test('drains: waits for what is in work and takes nothing more', async () => {
      const { handled, options } = recorder({ prefetch: 1 });
      const hold = gate();
      const started = gate();
      const consumer = await transport.consume(
        FIRST,
        async () => {
          started.open();
          await hold.opened;
          return undefined;
        },
        options,
      );
      await transport.publish(aMessage());
      await started.opened;
      let isDrained = false;
      const drained = consumer.drain().then(() => (isDrained = true));
      await transport.publish(aMessage());
      await eventually(async () => expect(await transport.queueDepth(FIRST, 'normal')).toBe(1));
      expect(isDrained).toBe(false);
      hold.open();
      await drained;
      expect(handled.map(({ outcome }) => outcome)).toEqual(['acked']);
      expect(await transport.queueDepth(FIRST, 'normal')).toBe(1);
    });

    test('carries the trace over each hop, with a span of its own', async () => {
      const first = recorder();
      const second = recorder();
      const contexts: string[] = [];
      await transport.consume(
        FIRST,
        async (message, { traceparent }) => {
          contexts.push(traceparent);
          return nextOf(message);
        },
        first.options,
      );
      await transport.consume(
        SECOND,
        async (_, { traceparent }) => void contexts.push(traceparent),
        second.options,
      );
      const traceparent = newTraceparent();
      await transport.publish(aMessage(), { traceparent });
      await eventually(() => expect(contexts).toHaveLength(2));
      const spans = [traceparent, ...contexts].map((text) => parseTraceparent(text)!);
      expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
      expect(new Set(spans.map(({ parentId }) => parentId)).size).toBe(3);
      await eventually(() =>
        expect([...first.handled, ...second.handled].map((event) => event.traceparent)).toEqual(
          contexts,
        ),
      );
    });

    test('answers a request with the responder’s result, within its trace', async () => {
      const traceparent = newTraceparent();
      let seenTrace = '';
      const responder = await transport.respond(
        aRequest('agent.test-push'),
        async (body, context) => {
          seenTrace = context.traceparent;
          return { echoed: body };
        },
      );
      const reply = await transport.request(
        aRequest('agent.test-push'),
        { agent: 7 },
        { traceparent },
      );
      expect(reply).toEqual({ echoed: { agent: 7 } });
      expect(parseTraceparent(seenTrace)?.traceId).toBe(parseTraceparent(traceparent)?.traceId);
      await responder.drain();
    });

    test('rethrows the responder’s error with its code, and hides a defect', async () => {
      await transport.respond(aRequest('failing.known'), async () => {
        throw new AppError('resource.not_found', 'No such agent.');
      });
      await transport.respond(aRequest('failing.defect'), async () => {
        throw new TypeError('secret inside');
      });
      const known = transport.request(aRequest('failing.known'), {});
      await expect(known).rejects.toMatchObject({
        name: 'AppError',
        code: 'resource.not_found',
        message: 'No such agent.',
      });
      const defect = transport.request(aRequest('failing.defect'), {});
      await expect(defect).rejects.toMatchObject({
        code: 'internal.error',
        message: 'The responder failed.',
      });
    });

    test('rejects a request that nobody answers, at once or at its deadline', async () => {
      await expect(transport.request(aRequest('nobody.home'), {})).rejects.toMatchObject({
        code: 'service.unavailable',
      });
      const hold = gate();
      await transport.respond(aRequest('slow.one'), async () => await hold.opened);
      await expect(transport.request(aRequest('slow.one', 100), {})).rejects.toMatchObject({
        code: 'service.unavailable',
        message: 'Nobody answered slow.one within 100 ms.',
      });
      hold.open();
    });

    test('refuses requests and replies that do not fit their contract', async () => {
      const contract = {
        ...aRequest('strict.one'),
        request: z.object({ count: z.int() }),
        reply: z.object({ doubled: z.int() }),
      };
      await transport.respond(contract, async ({ count }) => ({ doubled: count / 2 }));
      expect(await transport.request(contract, { count: 4 })).toEqual({ doubled: 2 });
      await expect(transport.request(contract, { count: 1.5 })).rejects.toMatchObject({
        code: 'message.invalid',
        message: 'This is not a request of strict.one: look at /count.',
      });
      await expect(transport.request(contract, { count: 3 })).rejects.toMatchObject({
        code: 'message.invalid',
        message: 'This is not a reply of strict.one: look at /doubled.',
      });
      // A caller of another release, which checks less.
      await expect(
        transport.request(aRequest('strict.one'), { count: 'four' }),
      ).rejects.toMatchObject({ code: 'message.invalid' });
    });

    test('bounds the size of requests and replies', async () => {
      await transport.respond(aRequest('big.reply'), async () => 'x'.repeat(300_000));
      await expect(
        transport.request(aRequest('big.reply'), 'x'.repeat(300_000)),
      ).rejects.toMatchObject({ code: 'request.too_large' });
      await expect(transport.request(aRequest('big.reply'), 'x')).rejects.toMatchObject({
        code: 'internal.error',
      });
    });

    test('refuses to publish what does not fit the schema', async () => {
      await expect(transport.publish(aMessage({ revision: -1 }))).rejects.toMatchObject({
        name: 'PermanentError',
        code: 'message.invalid',
      });
    });
  });
}
