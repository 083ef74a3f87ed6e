import { type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { AppError } from '@calseta/common';
import { BLOCKED_PORTS } from './blocked-ports.js';
import { judgeAddress, parseCidr } from './judge-address.js';
import { createNameResolver } from './resolver/create-name-resolver.js';
import { NameError } from './resolver/name-error.js';

/** An outbound call that the guard refused; the message may be shown to the person who configured the URL. */
export class EgressBlockedError extends AppError {
  override name = 'EgressBlockedError';

  constructor(reason: string) {
    super('url.not_allowed', reason);
  }
}

export type UrlVerdict =
  | { kind: 'allowed' }
  | { kind: 'refused'; reason: string }
  /** The name does not resolve now; every call checks again. */
  | { kind: 'unresolvable'; reason: string };

export interface EgressGuard {
  /** The full check with DNS, for a URL that is being configured. */
  checkUrl(url: string): Promise<UrlVerdict>;
  /** The check without DNS: scheme, user info, port and literal address. Throws EgressBlockedError. */
  assertUrl(url: string): URL;
  /** Checks the address that a socket is connected to; throws EgressBlockedError. */
  assertAddress(address: string | undefined): void;
  /**
   * Resolves a name for a socket and returns only checked addresses, so that a second DNS answer cannot replace them.
   */
  lookup: LookupFunction;
}

/** Rejects with a `NameError` for a name without an address. */
export type Resolve = (hostname: string) => Promise<LookupAddress[]>;

export type EgressGuardOptions = {
  /** CIDRs or addresses that the operator allows. */
  allow: readonly string[];
  resolve?: Resolve;
};

/** Blocks outbound calls to private, internal and reserved addresses (SSRF). */
export function createEgressGuard({
  allow,
  resolve = createNameResolver().resolve,
}: EgressGuardOptions) {
  const allowed = allow.map((text) => {
    const cidr = parseCidr(text);
    if (!cidr) throw new AppError('internal.error', `"${text}" is neither a CIDR nor an address.`);
    return cidr;
  });

  const assertAddress: EgressGuard['assertAddress'] = (address) => {
    const verdict = judgeAddress(address ?? '', allowed);
    if (verdict.kind === 'refused') {
      throw new EgressBlockedError(
        `The address ${address ?? 'unknown'} is refused: ${verdict.reason}. ${WAY_OUT}`,
      );
    }
  };

  const assertUrl: EgressGuard['assertUrl'] = (text) => {
    const url = parseUrl(text);
    const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
    if (BLOCKED_PORTS.has(port)) throw new EgressBlockedError(`Port ${port} is refused.`);
    const host = bareHost(url.hostname);
    if (isIP(host)) assertAddress(host);
    return url;
  };

  /** If one address of a name is refused, uses only those that the operator allows; without any, refuses the name. */
  const resolveChecked: Resolve = async (hostname) => {
    const addresses = (await resolve(hostname)).map((entry) => ({
      entry,
      verdict: judgeAddress(entry.address, allowed),
    }));
    const isRefused = addresses.some(({ verdict }) => verdict.kind === 'refused');
    const usable = isRefused
      ? addresses.filter(({ verdict }) => verdict.kind === 'allowed')
      : addresses;
    if (isRefused && usable.length === 0) {
      throw new EgressBlockedError(
        `The name ${hostname} resolves to an address that is refused. ${WAY_OUT}`,
      );
    }
    return usable.map(({ entry }) => entry);
  };

  const guard: EgressGuard = {
    assertUrl,
    assertAddress,

    async checkUrl(text) {
      try {
        const { hostname } = assertUrl(text);
        if (!isIP(bareHost(hostname))) await resolveChecked(hostname);
        return { kind: 'allowed' };
      } catch (error) {
        if (error instanceof EgressBlockedError) return { kind: 'refused', reason: error.message };
        if (error instanceof NameError) return { kind: 'unresolvable', reason: error.message };
        throw error;
      }
    },

    lookup(hostname, options, callback) {
      resolveChecked(hostname)
        .then((addresses) => {
          const family = options.family === 4 || options.family === 6 ? options.family : undefined;
          const usable = addresses.filter((entry) => !family || entry.family === family);
          const [first] = usable;
          if (!first) throw new Error(`no usable address for ${hostname}`);
          if (options.all) callback(null, usable);
          else callback(null, first.address, first.family);
        })
        .catch((error: unknown) => {
          callback(error instanceof Error ? error : new Error(String(error)), []);
        });
    },
  };
  return guard;
}

/**
 * Checks the real address of a socket before anything is written to it; `lookup` checks names, and callers check
 * literals. Destroys the socket with the refusal, which is then its `errored`.
 */
export function refuseOnConnect(guard: Pick<EgressGuard, 'assertAddress'>, socket: Socket): void {
  // Runs before the listener of TLS, which writes first.
  socket.prependOnceListener('connect', () => {
    try {
      guard.assertAddress(socket.remoteAddress);
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

/** For the operator who means that address. */
const WAY_OUT = 'CALSETA_EGRESS_ALLOW can allow its network.';

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) throw new EgressBlockedError('The URL cannot be read.');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new EgressBlockedError('Only http and https URLs are allowed.');
  }
  if (url.username || url.password) {
    throw new EgressBlockedError(
      'A URL with a user name or password is refused; an agent gets them as its `auth_header`.',
    );
  }
  return url;
}

/** Removes the brackets of an IPv6 literal, and the root dot that would hide a literal. */
const bareHost = (hostname: string) => hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
