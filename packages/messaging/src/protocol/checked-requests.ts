import { AppError } from '@calseta/common';
import { type z } from 'zod';
import { type Consumer, type PipelineTransport } from '../transport.js';

export type RawResponder = (body: unknown, context: { traceparent: string }) => Promise<unknown>;

/** Moves requests and replies as JSON, without checking them. */
export type RawRequests = {
  request(
    topic: string,
    body: unknown,
    options: { timeoutMs: number; traceparent?: string; maxBytes?: number },
  ): Promise<unknown>;
  respond(topic: string, responder: RawResponder): Promise<Consumer>;
};

/** Checks requests and replies against their contract, at both ends. */
export const createCheckedRequests = (
  raw: RawRequests,
): Pick<PipelineTransport, 'request' | 'respond'> => ({
  async request(contract, body, { traceparent } = {}) {
    const { topic, deadlineMs: timeoutMs, maxRequestBytes: maxBytes } = contract;
    fit(contract.request, body, `a request of ${topic}`);
    const reply = await raw.request(topic, body, {
      timeoutMs,
      ...(maxBytes !== undefined && { maxBytes }),
      ...(traceparent !== undefined && { traceparent }),
    });
    return fit(contract.reply, reply, `a reply of ${topic}`) as never;
  },
  respond: async ({ topic, request, reply }, responder) =>
    await raw.respond(topic, async (body, context) => {
      const checked = fit(request, body, `a request of ${topic}`) as never;
      const answer = await responder(checked, context);
      fit(reply, answer, `a reply of ${topic}`);
      return answer;
    }),
});

/** Throws when a value does not match: a defect, or different releases. The error names paths, not values. */
function fit(schema: z.ZodType, value: unknown, what: string): unknown {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const places = error.issues.map(({ path }) => `/${path.join('/')}`).join(', ');
  throw new AppError('message.invalid', `This is not ${what}: look at ${places}.`);
}
