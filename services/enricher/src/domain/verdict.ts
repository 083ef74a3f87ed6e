import { type Malice } from '@calseta/common';

/**
 * How a verdict is reached. A provider's verdict weighs as much as the provider is reliable (0–1).
 * Equal verdicts add up as independent evidence: 1 − ∏(1 − reliability).
 *
 * | evidence                                                      | verdict    |
 * | ------------------------------------------------------------- | ---------- |
 * | a person's override                                           | that one   |
 * | malicious ≥ 0.5 and stronger than benign                      | Malicious  |
 * | malicious ≥ 0.5, but benign is as strong                      | Suspicious |
 * | benign ≥ 0.5 and at least as strong as malicious + suspicious | Benign     |
 * | malicious + suspicious ≥ 0.25                                 | Suspicious |
 * | anything else                                                 | Pending    |
 */
export const DECISIVE_WEIGHT = 0.5;
export const SUSPICION_WEIGHT = 0.25;

export type ProviderVerdict = {
  provider: string;
  malice: Malice;
  reliability: number;
  /** The provider's own words. */
  reasons?: readonly string[] | undefined;
};

/** A computed verdict with its reasons. A person's override is stored apart and wins over it. */
export type Verdict = { malice: Malice; reasons: string[] };

export function judgeIndicator(verdicts: readonly ProviderVerdict[]): Verdict {
  const decided = verdicts.filter(({ malice }) => malice !== 'Pending');
  return {
    malice: weigh(decided),
    reasons: decided.map(
      ({ provider, malice, reliability, reasons = [] }) =>
        `${provider}: ${malice} (reliability ${reliability})${reasons.length > 0 ? `: ${reasons.join('; ')}` : ''}`,
    ),
  };
}

/** The worst indicator decides; an alert is Benign only when every indicator is known to be. */
export function judgeAlert(indicators: readonly Malice[]): Malice {
  if (indicators.includes('Malicious')) return 'Malicious';
  if (indicators.includes('Suspicious')) return 'Suspicious';
  const allBenign = indicators.length > 0 && indicators.every((malice) => malice === 'Benign');
  return allBenign ? 'Benign' : 'Pending';
}

function weigh(verdicts: readonly ProviderVerdict[]): Malice {
  const malicious = evidence(verdicts, ['Malicious']);
  const bad = evidence(verdicts, ['Malicious', 'Suspicious']);
  const benign = evidence(verdicts, ['Benign']);
  if (malicious >= DECISIVE_WEIGHT) return malicious > benign ? 'Malicious' : 'Suspicious';
  if (benign >= DECISIVE_WEIGHT && benign >= bad) return 'Benign';
  return bad >= SUSPICION_WEIGHT ? 'Suspicious' : 'Pending';
}

function evidence(verdicts: readonly ProviderVerdict[], malices: readonly Malice[]): number {
  const doubt = verdicts
    .filter(({ malice }) => malices.includes(malice))
    .reduce((rest, { reliability }) => rest * (1 - clamp(reliability)), 1);
  return 1 - doubt;
}

const clamp = (reliability: number): number => Math.min(1, Math.max(0, reliability));
