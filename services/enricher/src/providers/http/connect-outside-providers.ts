import {
  createProviderQuotaStore,
  createProviderStore,
  type Database,
  type ProviderQuotaStore,
} from '@calseta/database';
import {
  type Config,
  cipherOf,
  createEgress,
  createGuardedAxios,
  createTokenCache,
  type egressConfig,
  type encryptionConfig,
  MAX_ANSWER_BYTES,
  requestSender,
  type Telemetry,
} from '@calseta/platform';
import { type TokenAnswer } from '@calseta/http-steps';
import { BUILTIN_PROVIDERS } from '../builtin/index.js';
import { type ThreatLists } from '../threat-lists/index.js';
import { builtinRows, readEnvironment } from './environment.js';
import { createOutsideProviders, type OutsideProviders } from './outside-providers.js';

/** Of the body of a request: a template with one value in it. */
const MAX_REQUEST_BYTES = 64 * 1_024;
/** Until an answer begins; the time-out of the provider is shorter. */
const MAX_WAIT_MS = 25_000;

export type OutsideConnection = OutsideProviders & {
  /** Of the built-in ones. */
  names: readonly string[];
  sender: ReturnType<typeof senderOf>;
  quotaStore: ProviderQuotaStore;
  close(): Promise<void>;
};

/** Writes the rows of the built-in providers, and opens the one way out of this service. */
export async function connectOutsideProviders({
  config,
  database,
  telemetry,
  threatLists,
}: {
  config: Config<typeof egressConfig & typeof encryptionConfig>;
  database: Database;
  telemetry: Telemetry;
  threatLists: Pick<ThreatLists, 'index'>;
}): Promise<OutsideConnection> {
  const { log, metrics } = telemetry;
  const cipher = cipherOf(config);
  const environment = readEnvironment(config);
  await createProviderStore(database, cipher.encrypt).ensureBuiltIn(builtinRows(environment));
  const egress = createEgress(config, metrics);
  const http = createGuardedAxios({
    guard: egress.guard,
    authorities: egress.authorities,
    tunnel: egress.tunnel,
    timeoutMs: MAX_WAIT_MS,
    maxResponseBytes: MAX_ANSWER_BYTES,
    maxRequestBytes: MAX_REQUEST_BYTES,
  });
  const sender = senderOf(http);
  const quotaStore = createProviderQuotaStore(database);
  const providers = createOutsideProviders({
    sender,
    tokens: createTokenCache<Extract<TokenAnswer, { kind: 'refused' }>>(),
    threatLists,
    environment,
    cipher,
    onUnusable: (provider, problem) => log.warn('provider.unusable', { provider, problem }),
  });
  return {
    ...providers,
    names: BUILTIN_PROVIDERS.map(({ name }) => name),
    sender,
    quotaStore,
    async close() {
      await http[Symbol.asyncDispose]();
      egress.close();
    },
  };
}

const senderOf =
  (http: Parameters<typeof requestSender>[0]) =>
  (signal: () => AbortSignal): ReturnType<typeof requestSender> =>
    requestSender(http, signal);
