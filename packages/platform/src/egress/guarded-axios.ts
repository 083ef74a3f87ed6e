import axios, { type AxiosInstance } from 'axios';
import { type EgressGuard } from './egress-guard.js';
import { createGuardedAgents, DEFAULT_POOL_LIMITS, type PoolLimits } from './guarded-agents.js';

export type GuardedAxiosOptions = {
  guard: EgressGuard;
  limits?: Partial<PoolLimits>;
  /** Until the response begins; give a `signal` to bound the whole call. */
  timeoutMs: number;
  maxResponseBytes: number;
  maxRequestBytes: number;
};

export type GuardedAxios = AsyncDisposable & { axios: AxiosInstance };

/** An axios behind the same guard: no redirects, no proxy from the environment, every status is an answer. */
export function createGuardedAxios(options: GuardedAxiosOptions): GuardedAxios {
  const { guard } = options;
  const agents = createGuardedAgents(guard, { ...DEFAULT_POOL_LIMITS, ...options.limits });
  const instance = axios.create({
    adapter: 'http',
    httpAgent: agents.http,
    httpsAgent: agents.https,
    proxy: false,
    maxRedirects: 0,
    timeout: options.timeoutMs,
    maxContentLength: options.maxResponseBytes,
    maxBodyLength: options.maxRequestBytes,
    validateStatus: () => true,
  });
  instance.interceptors.request.use((config) => {
    guard.assertUrl(instance.getUri(config));
    return config;
  });
  return {
    axios: instance,
    async [Symbol.asyncDispose]() {
      agents.destroy();
      await Promise.resolve();
    },
  };
}
