import axios, { type AxiosInstance } from 'axios';
import { type EgressGuard } from './egress-guard.js';
import { createGuardedAgents, DEFAULT_POOL_LIMITS, type PoolLimits } from './guarded-agents.js';
import { type OpenTunnel } from './proxy-tunnel.js';

export type GuardedAxiosOptions = {
  guard: EgressGuard;
  /** Certificates in PEM that are trusted besides the usual ones. */
  authorities?: string | undefined;
  /** By way of the proxy, where there is one. */
  tunnel?: OpenTunnel | undefined;
  limits?: Partial<PoolLimits>;
  /** Time until the response begins; use `signal` to limit the whole call. */
  timeoutMs: number;
  maxResponseBytes: number;
  maxRequestBytes: number;
};

export type GuardedAxios = AsyncDisposable & { axios: AxiosInstance };

/** An axios client behind the guard: no redirects, no proxy from the environment; every status is a result. */
export function createGuardedAxios(options: GuardedAxiosOptions): GuardedAxios {
  const { guard } = options;
  const limits = { ...DEFAULT_POOL_LIMITS, ...options.limits };
  const agents = createGuardedAgents(guard, limits, options);
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
