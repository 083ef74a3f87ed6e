import { type RawStep } from '@calseta/common';
import { type ProviderQuota } from '@calseta/database';
import {
  type CompiledLookup,
  type LookupReading,
  runLookup,
  type Send,
  type TokenSource,
} from '@calseta/http-steps';
import { type LookupFault, type Provider, type ProviderAnswer } from '../../domain/provider.js';
import { type ThreatLists } from '../threat-lists/index.js';
import { cvesOf, findListed } from '../threat-lists/listed-cves.js';
import { countedSender, unitsOf } from './count-requests.js';

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

export type HttpProviderDeps = {
  sender: (signal: () => AbortSignal) => Send;
  tokens: TokenSource;
  threatLists: Pick<ThreatLists, 'index'>;
};

/** Asks over HTTP. When it may, how often and how long is the matter of the guards. */
export function httpProvider(setup: HttpProviderSetup, deps: HttpProviderDeps): Provider {
  const { name, lookup, isOwnDirectory, quotas } = setup;
  return {
    name,
    reach: isOwnDirectory ? 'directory' : 'outside',
    supports: (type) => lookup.indicatorTypes.includes(type),
    quota: { units: (type) => unitsOf(setup, type), quotas },
    async lookup(subject, context) {
      const send = deps.sender(() => context.signal);
      const reading = await runLookup({
        lookup,
        indicator: subject,
        secrets: setup.secrets,
        baseUrl: setup.baseUrl,
        replacesOrigin: setup.replacesOrigin,
        send: context.requests ? countedSender(send, context.requests, setup, subject.type) : send,
        tokens: deps.tokens,
      });
      // What a directory says about a person is kept nowhere but in the facts.
      const answer = toAnswer(reading, isOwnDirectory ? undefined : toRaw(reading));
      return answer.kind === 'found' ? await withExploited(answer, deps) : answer;
    },
  };
}

/** Says which of the vulnerabilities among the facts are exploited, as far as a threat list knows. */
async function withExploited(
  answer: ProviderAnswer & { kind: 'found' },
  { threatLists }: Pick<HttpProviderDeps, 'threatLists'>,
): Promise<ProviderAnswer> {
  const cves = cvesOf(answer.extracted);
  if (cves.size === 0) return answer;
  const listed = findListed(await threatLists.index(), cves);
  if (listed.length === 0) return answer;
  const known = { known_exploited: listed.map(({ cve }) => cve) };
  return { ...answer, extracted: { ...answer.extracted, ...known } };
}

function toRaw({ steps }: LookupReading): RawStep[] {
  return steps.flatMap(({ step: name, response }) => {
    if (!response) return [];
    const { status, headers, body, isCut } = response;
    const type = headers['content-type'];
    return {
      name,
      status,
      ...(type !== undefined && { content_type: type }),
      body,
      ...(isCut === true && { is_cut: true }),
    };
  });
}

function toAnswer(reading: LookupReading, raw: RawStep[] | undefined): ProviderAnswer {
  const { status, extracted, malice, reasons, error = '', waitHintSeconds: waitSeconds } = reading;
  const hint = { ...(waitSeconds !== undefined && { waitSeconds }) };
  switch (status) {
    case 'success':
      return { kind: 'found', extracted, malice, reasons, ...(raw && { raw }) };
    case 'not_found':
      return { kind: 'not_found', ...(raw && { raw }) };
    case 'quota':
      return { kind: 'quota', reason: error, ...hint };
    case 'failed':
    case 'timeout':
    case 'skipped': {
      const fault = faultOf(reading);
      return { kind: 'unavailable', reason: error, ...(fault && { fault }), ...hint };
    }
  }
}

function faultOf({ status, errorKind, isRetryable }: LookupReading): LookupFault | undefined {
  if (errorKind === 'auth') return 'auth';
  if (errorKind === 'bad_response') return 'unreadable';
  return isRetryable || status === 'timeout' ? 'transient' : undefined;
}
