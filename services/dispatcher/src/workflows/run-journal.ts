import { retry } from '@calseta/async';
import { isTransient, type RunStepResource, stepKeyOf, storableText } from '@calseta/common';
import { type ClaimedRun, type RunExecutionStore } from '@calseta/database';
import {
  type EndedStep,
  type KnownStep,
  type WorkflowJournal,
  type WorkflowStepOutcome,
} from '@calseta/http-steps';
import { type Cipher } from '@calseta/platform';

/** Characters of an answer that are kept to be read by people. */
const MAX_SHOWN_CHARACTERS = 8_192;
const MAX_MESSAGE_CHARACTERS = 500;
/** What later steps read of one answer; beyond, they find nothing after a restart, and end the run. */
const MAX_VALUES_CHARACTERS = 65_536;

/** Waits while Postgres is away. */
const STORE_WAITS_MS = [100, 500, 2_000, 5_000, 10_000];

/** Headers of an answer that say how it came about, and hold no secret. */
const SHOWN_HEADERS =
  /^(?:content-type|date|retry-after|x-rate-?limit-[\w-]+|ratelimit-[\w-]+|x-request-id|request-id)$/;

/** Another process goes on with the run. */
export class LeaseLostError extends Error {
  override name = 'LeaseLostError';
}

/** Stores each step of a run before it is sent, and after it is answered. */
export function runJournal(
  run: ClaimedRun,
  store: Pick<RunExecutionStore, 'begin' | 'answer'>,
  cipher: Pick<Cipher, 'encrypt' | 'decrypt'>,
): WorkflowJournal {
  const known = new Map(run.steps.map((step) => [step.number, toKnown(step, cipher)]));
  /** Steps that were sent now or before; what fails earlier has no row. */
  const begun = new Set(known.keys());
  const held = (isHeld: boolean): void => {
    if (!isHeld) throw new LeaseLostError('The lease of the run is over.');
  };
  return {
    known: (number) => known.get(number),
    async begin(number, { name, mayRepeat }, request) {
      const idempotencyKey = stepKeyOf(run.runId, number);
      begun.add(number);
      held(await store.begin(run, { number, name, idempotencyKey, mayRepeat, request }));
    },
    async repeat(number) {
      if (begun.has(number)) held(await store.answer(run, { number, outcome: null }));
    },
    async end(number, { outcome, message, response, values }) {
      if (!begun.has(number)) return;
      const step = {
        ...{ number, outcome, message: message && shortened(message) },
        response: shownResponse(response),
        valuesEncrypted: encrypted(values, cipher),
      };
      // It may have had its effect: without this, nobody knows.
      held(
        await retry(async () => await store.answer(run, step), {
          waitsMs: STORE_WAITS_MS,
          isRetryable: isTransient,
        }),
      );
    },
  };
}

function toKnown(
  { outcome, message, isAnswered, valuesEncrypted }: ClaimedRun['steps'][number],
  cipher: Pick<Cipher, 'decrypt'>,
): KnownStep {
  return {
    ...(outcome !== null && { outcome: outcome as WorkflowStepOutcome }),
    ...(message !== null && { message }),
    ...(valuesEncrypted !== null && {
      values: JSON.parse(cipher.decrypt(valuesEncrypted)) as unknown,
    }),
    isAnswered,
  };
}

const shortened = (text: string): string => storableText(text.slice(0, MAX_MESSAGE_CHARACTERS));

/** What is shown of an answer, whose secrets are out already. */
export function shownResponse(response: EndedStep['response']): RunStepResource['response'] {
  if (!response) return undefined;
  const { status, headers, body, isCut } = response;
  return {
    status,
    headers: Object.fromEntries(
      Object.entries(headers)
        .filter(([name]) => SHOWN_HEADERS.test(name))
        .map(([name, value]) => [name, shortened(value)]),
    ),
    body: storableText(body.slice(0, MAX_SHOWN_CHARACTERS)),
    ...((isCut === true || body.length > MAX_SHOWN_CHARACTERS) && { is_cut: true }),
  };
}

function encrypted(values: unknown, cipher: Pick<Cipher, 'encrypt'>): string | undefined {
  const text = JSON.stringify(values ?? {});
  return text === '{}' || text.length > MAX_VALUES_CHARACTERS ? undefined : cipher.encrypt(text);
}
