import { AppError, type IndicatorType, type REQUESTS, type TestedProvider } from '@calseta/common';
import { type ProviderQuotaStore, type StoredProviderSettings } from '@calseta/database';
import {
  answerRecorded,
  type LookupReading,
  noTokens,
  type RecordedAnswer,
  runLookup,
  type Send,
} from '@calseta/http-steps';
import { canonicalize } from '@calseta/indicators';
import { type Responder } from '@calseta/messaging';
import { type OutsideProviders } from '../providers/http/outside-providers.js';
import { type Allowance, reserveRequests } from '../guards/reserve-requests.js';
import { countedSender, unitsOf } from '../providers/http/count-requests.js';
import { type HttpProviderSetup } from '../providers/http/http-provider.js';

export type TestProviderDeps = {
  loadSettings(): Promise<StoredProviderSettings[]>;
  setUp: OutsideProviders['setUp'];
  sender(signal: () => AbortSignal): Send;
  quotaStore: Pick<ProviderQuotaStore, 'reserve' | 'settle'>;
};

/** Classes of values that no provider outside is told; documentation names and addresses may be tried. */
const KEPT_INSIDE = new Set([
  'private',
  'loopback',
  'link_local',
  'carrier_grade_nat',
  'multicast',
]);

/**
 * Tries a provider with one indicator. With recorded answers nothing is sent, and neither cache, quota nor breaker is
 * read or written, so that a provider can be written from a saved answer.
 */
export function providerTestResponder(
  deps: TestProviderDeps,
): Responder<typeof REQUESTS.testProvider> {
  return async function respondProviderTest({ provider_uuid: uuid, indicator, recorded }) {
    const rows = await deps.loadSettings();
    const row = rows.find(({ id }) => id === uuid);
    if (!row) throw new AppError('resource.not_found', 'No such provider.');
    const setup = row.lookup === null ? undefined : deps.setUp(row);
    if (!setup)
      throw new AppError(
        'request.invalid',
        'This provider answers by itself; there are no steps to try.',
      );
    const canonical = canonicalize(indicator.type, indicator.value);
    if (!canonical.ok) return skipped('The value is malformed for its type.');
    if (KEPT_INSIDE.has(canonical.classification))
      return skipped('Such a value is never sent outside.');
    if (!setup.lookup.indicatorTypes.includes(indicator.type))
      return skipped(`The provider is not asked about the type \`${indicator.type}\`.`);
    const subject = { type: indicator.type, value: canonical.value };
    return recorded
      ? await readRecorded(setup, subject, recorded)
      : await tryNow(setup, subject, deps);
  };
}

type Subject = { type: IndicatorType; value: string };

async function readRecorded(
  setup: HttpProviderSetup,
  indicator: Subject,
  recorded: readonly RecordedAnswer[],
): Promise<TestedProvider> {
  const answers = answerRecorded(recorded);
  const secrets = Object.fromEntries(setup.lookup.secrets.map((name) => [name, '<key>']));
  const reading = await run({ ...setup, secrets }, indicator, answers.send);
  const required = answers.missing.filter((step) => isRequired(setup, step));
  if (required.length > 0)
    throw wrong(`There is no recorded answer for step ${required.join(', ')}.`);
  if (answers.leftOver() > 0 && reading.status === 'success')
    throw wrong(`${answers.leftOver()} recorded answers were left over: no step asked for them.`);
  return toTested({
    ...reading,
    steps: reading.steps.filter(({ step }) => !answers.missing.includes(step)),
  });
}

const isRequired = ({ lookup }: HttpProviderSetup, step: string): boolean =>
  lookup.steps.find(({ name }) => name === step)?.isOptional !== true;

const wrong = (message: string): AppError =>
  new AppError('request.invalid', message, { issues: [{ pointer: '/recorded', message }] });

/** A test counts against the quota like any lookup. */
async function tryNow(
  setup: HttpProviderSetup,
  indicator: Subject,
  { sender, quotaStore }: TestProviderDeps,
): Promise<TestedProvider> {
  const missing = setup.lookup.secrets.filter((name) => !Object.hasOwn(setup.secrets, name));
  if (missing.length > 0)
    throw new AppError(
      'request.invalid',
      `The provider lacks the credentials ${missing.join(', ')}.`,
    );
  if (setup.baseUrl === '')
    throw new AppError('request.invalid', 'The provider has no `base_url`.');
  const allowance = await reserveRequests(quotaStore, {
    providerName: setup.name,
    units: unitsOf(setup, indicator.type),
    quotas: setup.quotas,
    holdMs: setup.timeoutMs,
    turn: 'urgent',
  });
  if (!allowance.isGranted) return { ...skipped(whyNotGranted(allowance)), status: 'quota' };
  try {
    const send = sender(() => AbortSignal.timeout(setup.timeoutMs));
    return toTested(
      await run(setup, indicator, countedSender(send, allowance, setup, indicator.type)),
    );
  } finally {
    await allowance.settle();
  }
}

const whyNotGranted = (refusal: Allowance & { isGranted: false }): string =>
  refusal.isOthersTurn
    ? 'Urgent lookups of this provider wait, and go first.'
    : `The quota is spent for ${Math.ceil(refusal.freeInMs / 1_000)} s.`;

const run = async (
  setup: HttpProviderSetup,
  indicator: Subject,
  send: Send,
): Promise<LookupReading> =>
  await runLookup({
    lookup: setup.lookup,
    indicator,
    secrets: setup.secrets,
    baseUrl: setup.baseUrl === '' ? 'https://base.url' : setup.baseUrl,
    replacesOrigin: setup.replacesOrigin,
    send,
    tokens: noTokens,
  });

const skipped = (error: string): TestedProvider => ({
  status: 'skipped',
  malice: 'Pending',
  reasons: [],
  extracted: {},
  error,
  steps: [],
});

const toTested = (reading: LookupReading): TestedProvider => ({
  status: reading.status,
  malice: reading.malice,
  reasons: reading.reasons,
  extracted: reading.extracted,
  ...(reading.errorKind !== undefined && { error_kind: reading.errorKind }),
  ...(reading.error !== undefined && { error: reading.error }),
  ...(reading.waitHintSeconds !== undefined && { wait_hint_seconds: reading.waitHintSeconds }),
  steps: reading.steps.map(({ step, outcome, request, response }) => ({
    name: step,
    outcome,
    request,
    ...(response && {
      response: {
        status: response.status,
        headers: { ...response.headers },
        body: response.body,
      },
    }),
  })),
});
