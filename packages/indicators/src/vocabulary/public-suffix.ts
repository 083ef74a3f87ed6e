import { remembered } from '@calseta/common';
import { parse } from 'tldts';

const OPTIONS = {
  allowPrivateDomains: false,
  extractHostname: false,
  validateHostname: false,
  detectIp: false,
} as const;

/** Whether a canonical name stands under a public suffix that exists. */
export function isPublicDomain(name: string): boolean {
  const { isIcann, domain } = parse(name, OPTIONS);
  return isIcann === true && domain !== null;
}

/** Letters of any script, or Punycode. Other top-level domains contain no digits. */
const TOP_LABEL = /^(?:xn--[a-z0-9-]{1,59}|[a-z\u0080-\uffff]{2,24})$/i;

const isListed = remembered(
  (label) => parse(`a.${label.toLowerCase()}`, OPTIONS).isIcann === true,
  { maxTexts: 8_192, maxCharacters: 64 },
);

/** Whether a label is a top-level domain, in any letter case. Rules out most dotted words cheaply. */
export const isTopLevelDomain = (label: string): boolean =>
  TOP_LABEL.test(label) && isListed(label);
