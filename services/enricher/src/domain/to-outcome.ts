import { type LookupResult, type LookupStatus } from '@calseta/common';
import { expiryOf } from './cache.js';
import {
  type GuardedAnswer,
  type LookupSubject,
  type Provider,
  type ProviderSettings,
} from './provider.js';
import { type ProviderOutcome } from './summarize-outcomes.js';

const STATUS = {
  found: 'success',
  not_found: 'not_found',
  unavailable: 'failed',
  timeout: 'timeout',
  quota: 'quota',
  skipped: 'skipped',
  spent: 'quota',
  not_its_turn: 'quota',
  waiting: 'quota',
  busy: 'failed',
  left_alone: 'failed',
} as const satisfies Record<GuardedAnswer['kind'], LookupStatus>;

type Question = {
  provider: Pick<Provider, 'name'>;
  settings: ProviderSettings;
  subject: Pick<LookupSubject, 'type'>;
};

/** The result of a lookup as it is stored. */
export function toResult(
  { provider, settings, subject }: Question,
  answer: GuardedAnswer,
  fetchedAt: Date,
): LookupResult {
  const status = STATUS[answer.kind];
  const isFound = answer.kind === 'found';
  const result: LookupResult = {
    providerName: provider.name,
    configVersion: settings.configVersion,
    status,
    extracted: isFound ? answer.extracted : {},
    malice: isFound ? answer.malice : 'Pending',
    fetchedAt,
    expiresAt: expiryOf(status, fetchedAt, settings, subject.type),
  };
  if (isFound && answer.reasons) result.reasons = answer.reasons;
  const error = errorOf(answer);
  if (error !== undefined) result.error = error;
  return result;
}

/** The same with how long it took. */
export function toOutcome(
  question: Question,
  answer: GuardedAnswer,
  { fetchedAt, durationMs }: { fetchedAt: Date; durationMs: number },
): ProviderOutcome {
  const result = toResult(question, answer, fetchedAt);
  return Object.assign(result, { cached: false, durationMs });
}

function errorOf(answer: GuardedAnswer): string | undefined {
  switch (answer.kind) {
    case 'unavailable':
    case 'quota':
    case 'skipped':
    case 'left_alone':
      return answer.reason;
    case 'spent':
      return 'Its quota is spent.';
    case 'not_its_turn':
      return 'Other lookups of this provider wait, and go first.';
    case 'waiting':
      return 'The same lookup waits already.';
    case 'busy':
      return 'As many lookups of this provider are under way as may be.';
    case 'timeout':
      return `No answer within ${answer.afterMs} ms.`;
    case 'found':
    case 'not_found':
      return undefined;
  }
}
