import { newTraceparent } from '@calseta/common';
import { createEgressGuard, createOutboundHttp, type OutboundResult } from '@calseta/platform';
import { expect, test } from '@jest/globals';
import { confirmSubscriptionResponder } from './respond-confirm-subscription.js';

const topic_arn = 'arn:aws:sns:us-east-1:123456789012:guardduty';
const subscribe_url = 'https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token=t';
const context = { traceparent: newTraceparent() };
const never = new AbortController().signal;
const answered = (status: number): OutboundResult => ({
  kind: 'response',
  status,
  headers: {},
  body: '<SubscriptionArn/>',
  truncated: false,
});

/** What is told of an answer, and what was opened. */
async function confirm(result: OutboundResult, url = subscribe_url) {
  const opened: string[] = [];
  const get = async (target: string) => {
    opened.push(target);
    return await Promise.resolve(result);
  };
  const respond = confirmSubscriptionResponder({ get }, never);
  return { answer: await respond({ topic_arn, subscribe_url: url }, context), opened };
}

test('opens the URL once, and tells nothing of the answer but whether it was a success', async () => {
  expect(await confirm(answered(200))).toEqual({
    answer: { is_confirmed: true },
    opened: [subscribe_url],
  });
  for (const status of [302, 403, 500]) {
    expect((await confirm(answered(status))).answer).toEqual({
      is_confirmed: false,
      error: `Amazon SNS answered ${status}.`,
    });
  }
  expect((await confirm({ kind: 'timeout', error: 'late' })).answer).toEqual({
    is_confirmed: false,
    error: 'late',
  });
});

test('opens no other URL, whoever asks', async () => {
  await expect(confirm(answered(200), 'https://169.254.169.254/')).rejects.toThrow(
    expect.objectContaining({ code: 'url.not_allowed' }),
  );
});

test('goes through the egress guard', async () => {
  const guard = createEgressGuard({
    allow: [],
    resolve: async () => await Promise.resolve([{ address: '10.0.0.1', family: 4 }]),
  });
  await using http = createOutboundHttp({ guard });
  const respond = confirmSubscriptionResponder(http, never);
  expect(await respond({ topic_arn, subscribe_url }, context)).toMatchObject({
    is_confirmed: false,
  });
});
