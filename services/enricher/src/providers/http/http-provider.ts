import { type Breaker, type Bulkhead } from '@calseta/async';
import { type ProviderQuota, type ProviderQuotaStore } from '@calseta/database';
import {
  type CompiledLookup,
  type LookupReading,
  runLookup,
  type Send,
  type TokenSource,
} from '@calseta/http-steps';
import {
  type LookupContext,
  type LookupSubject,
  type Provider,
  type ProviderAnswer,
} from '../../domain/provider.js';
import { quotaOf, reserveQuota } from './reserve-quota.js';

/** A provider that is asked over HTTP: its data, its credentials and where it is. */
export type HttpProviderSetup = {
  name: string;
  lookup: CompiledLookup;
  secrets: Readonly<Record<string, string>>;
  baseUrl: string;
  replacesOrigin: boolean;
  isOwnDirectory: boolean;
  quotas: readonly ProviderQuota[];
  timeoutMs: number;
};

/** What stands between a provider and its calls, kept over changes of its settings. */
export type Protection = { breaker: Breaker; bulkhead: Bulkhead };

export type HttpProviderDeps = {
  quotaStore: ProviderQuotaStore;
  sender: (signal: () => AbortSignal) => Send;
  tokens: TokenSource;
  /** Called for a fault that somebody has to mend. */
  onAuthFault(provider: string, error: string): void;
};

/** Without a wait hint, a provider that wants to be asked later is left alone for so long. */
const DEFAULT_WAIT_SECONDS = 60;
/** Wrong credentials stay wrong; they are tried again so that new ones at the vendor count. */
const AUTH_PAUSE_MS = 60_000;
const SECOND = 1_000;

/** Lookups over HTTP, in the order breaker, bulkhead, quota; cache, single flight and time-out stand in front. */
export function httpProvider(
  setup: HttpProviderSetup,
  { breaker, bulkhead }: Protection,
  deps: HttpProviderDeps,
): Provider {
  const { name, lookup, isOwnDirectory } = setup;

  async function ask(subject: LookupSubject, context: LookupContext): Promise<ProviderAnswer> {
    const allowance = await reserveQuota(
      quotaOf(setup, deps.quotaStore),
      deps.sender(() => context.signal),
    );
    if (!allowance.isGranted) return outOfQuota(allowance.freeAt);
    try {
      const reading = await runLookup({
        lookup,
        indicator: subject,
        secrets: setup.secrets,
        baseUrl: setup.baseUrl,
        replacesOrigin: setup.replacesOrigin,
        send: allowance.send,
        tokens: deps.tokens,
      });
      await learnFrom(reading, setup.name, breaker, deps);
      return toAnswer(reading);
    } finally {
      await allowance.settle();
    }
  }

  return {
    name,
    reach: isOwnDirectory ? 'directory' : 'outside',
    supports: (type) => lookup.indicatorTypes.includes(type),
    async lookup(subject, context) {
      if (breaker.capacity(1) === 0)
        return {
          kind: 'unavailable',
          reason: 'It failed several times, and is left alone for a while.',
        };
      return await bulkhead.run(async () =>
        context.signal.aborted
          ? { kind: 'unavailable', reason: 'Nobody waits for the answer any more.' }
          : await ask(subject, context),
      );
    },
  };
}

const outOfQuota = (freeAt: Date): ProviderAnswer => ({
  kind: 'quota',
  reason: `Its quota is spent until ${freeAt.toISOString()}.`,
});

async function learnFrom(
  { status, errorKind, error = '', isRetryable, waitHintSeconds }: LookupReading,
  name: string,
  breaker: Breaker,
  { quotaStore, onAuthFault }: HttpProviderDeps,
): Promise<void> {
  if (status === 'quota') {
    const seconds = waitHintSeconds ?? DEFAULT_WAIT_SECONDS;
    await quotaStore.close(name, new Date(Date.now() + seconds * SECOND));
  } else if (errorKind === 'auth') {
    breaker.pause(AUTH_PAUSE_MS);
    onAuthFault(name, error);
  } else if (status === 'timeout' || (status === 'failed' && isRetryable)) {
    breaker.failed();
  } else {
    breaker.succeeded();
  }
}

function toAnswer({
  status,
  extracted,
  malice,
  reasons,
  error = '',
}: LookupReading): ProviderAnswer {
  switch (status) {
    case 'success':
      return { kind: 'found', extracted, malice, reasons };
    case 'not_found':
      return { kind: 'not_found' };
    case 'quota':
      return { kind: 'quota', reason: error };
    case 'failed':
    case 'timeout':
    case 'skipped':
      return { kind: 'unavailable', reason: error };
  }
}
