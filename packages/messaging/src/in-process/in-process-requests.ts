import { withDeadline } from '@calseta/async';
import { childTraceparent } from '@calseta/common';
import { asPromise } from '../protocol/as-promise.js';
import { unanswered, unavailable } from '../protocol/unavailable.js';
import {
  MAX_PENDING_REQUESTS,
  decodeReply,
  encodeReply,
  encodeRequest,
  requestQueueName,
} from '../protocol/reply-envelope.js';
import { type Consumer } from '../transport.js';
import { type RawRequests, type RawResponder } from '../protocol/checked-requests.js';

type Registered = { responder: RawResponder; inWork: Set<Promise<Buffer>> };

/** Requests and replies within the process. Bodies are copied as JSON, as with a broker. */
export function createInProcessRequests(closing: AbortSignal): RawRequests {
  const responders = new Map<string, Registered[]>();
  let pending = 0;

  const request: RawRequests['request'] = async (topic, body, options) => {
    const encoded = encodeRequest(body, options.maxBytes).toString('utf8');
    const registered = responders.get(requestQueueName(topic)) ?? [];
    const [next] = registered;
    if (!next || closing.aborted) throw unavailable(`Nobody answers ${topic}.`);
    if (pending >= MAX_PENDING_REQUESTS) {
      throw unavailable(`${MAX_PENDING_REQUESTS} requests are unanswered already.`);
    }
    // Several responders take turns.
    registered.push(...registered.splice(0, 1));
    const traceparent = childTraceparent(options.traceparent);
    const reply = encodeReply(
      async () => await next.responder(JSON.parse(encoded), { traceparent }),
    );
    next.inWork.add(reply);
    pending += 1;
    void reply.finally(() => {
      next.inWork.delete(reply);
      pending -= 1;
    });
    return decodeReply(
      await withDeadline(reply, options.timeoutMs, () => unanswered(topic, options.timeoutMs)),
    );
  };

  const register = (topic: string, responder: RawResponder): Consumer => {
    const queue = requestQueueName(topic);
    const registered: Registered = { responder, inWork: new Set() };
    responders.set(queue, [...(responders.get(queue) ?? []), registered]);
    return {
      async drain() {
        responders.set(
          queue,
          (responders.get(queue) ?? []).filter((one) => one !== registered),
        );
        await Promise.all(registered.inWork);
      },
    };
  };

  return {
    request,
    respond: (topic, responder) => asPromise(() => register(topic, responder)),
  };
}
