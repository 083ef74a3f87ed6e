import { type IndicatorType } from '@calseta/common';
import { type CompiledAuth, type CompiledStep } from '../steps/compile-steps.js';
import { isPerType, place } from '../steps/render-request.js';
import { type Template } from '../templates/template.js';
import { type CompiledLookup } from './compile-lookup.js';

export type Address = { baseUrl: string; replacesOrigin: boolean };

/** The steps that a lookup about an indicator of the type takes. */
export const stepsFor = (
  { steps }: Pick<CompiledLookup, 'steps'>,
  type: IndicatorType,
): CompiledStep[] =>
  steps.filter(({ indicatorTypes }) => !indicatorTypes || indicatorTypes.includes(type));

/** The hosts, with their ports, that the steps of a lookup are sent to. */
export const hostsOf = (
  lookup: Pick<CompiledLookup, 'steps'>,
  type: IndicatorType,
  address: Address,
): Set<string> =>
  new Set(
    stepsFor(lookup, type).flatMap(({ url }) => {
      const template = isPerType(url) ? url[type] : url;
      return template ? hostOf(template, address) : [];
    }),
  );

/** Tokens that a lookup may ask one of the same hosts for. */
export function tokensAtOwnHosts(
  lookup: Pick<CompiledLookup, 'steps' | 'auth'>,
  type: IndicatorType,
  address: Address,
): number {
  const hosts = hostsOf(lookup, type, address);
  const auths = new Set(stepsFor(lookup, type).map(({ auth }) => auth ?? lookup.auth));
  return [...auths].filter((auth) => isTokenOf(auth) && hosts.has(hostOf(auth.tokenUrl, address)))
    .length;
}

const isTokenOf = (auth: CompiledAuth): auth is CompiledAuth & { kind: 'client_credentials' } =>
  auth.kind === 'client_credentials';

/** Placeholders stand behind the host, because the origin of a step is literal. */
function hostOf([start]: Template, { baseUrl, replacesOrigin }: Address): string {
  const url = place(typeof start === 'string' ? start : '/', baseUrl, replacesOrigin);
  return URL.canParse(url) ? new URL(url).host : '';
}
