import { type Send, type SendResult } from './take-step.js';

/** A saved answer; a body that is not text is serialised as JSON. */
export type RecordedAnswer = {
  status: number;
  headers?: Record<string, string> | undefined;
  body: unknown;
};

/** Gives recorded answers in order and sends nothing. */
export type RecordedAnswers = {
  send: Send;
  /** Number of unused answers. */
  leftOver(): number;
  /** Steps that had no answer left. */
  missing: string[];
};

export function answerRecorded(answers: readonly RecordedAnswer[]): RecordedAnswers {
  let next = 0;
  const missing: string[] = [];
  return {
    missing,
    leftOver: () => Math.max(0, answers.length - next),
    send: async (_, step): Promise<SendResult> => {
      const answer = answers[next];
      next += 1;
      if (answer) return await Promise.resolve(toSendResult(answer));
      missing.push(step);
      return { kind: 'unreachable', error: `There is no recorded answer for step ${step}.` };
    },
  };
}

/** A recorded answer as if it came now. */
export const toSendResult = ({ status, headers = {}, body }: RecordedAnswer): SendResult => ({
  kind: 'answer',
  status,
  headers: Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  ),
  body:
    typeof body === 'string'
      ? body
      : body === null || body === undefined
        ? ''
        : JSON.stringify(body),
});
