import { describe, expect, test } from '@jest/globals';
import { type JudgedTally } from '@calseta/database';
import { scoreAgent } from './score-agent.js';

const tally = (
  classification: JudgedTally['classification'],
  closedAs: JudgedTally['closedAs'],
  count: number,
  confidence: number | null = null,
): JudgedTally => ({
  classification,
  closedAs,
  count,
  band: confidence === null ? null : Math.min(4, Math.floor(confidence * 5)),
  confidenceSum: (confidence ?? 0) * count,
});

const score = (judged: JudgedTally[] = []) =>
  scoreAgent({
    deliveries: [{ status: 'delivered', count: 7, tokens: 17_500 }],
    firstFindings: { alertCount: 0, median: null, p95: null },
    findings: [
      { classification: 'true_positive', count: 3 },
      { classification: null, count: 2 },
    ],
    judged,
  });

describe('scoreAgent', () => {
  test('leaves out shares of nothing', () => {
    expect(score()).toEqual({
      deliveries: { delivered: 7, pending: 0, dead: 0, cancelled: 0 },
      tokens_pushed: { total: 17_500, mean: 2_500 },
      time_to_first_finding_seconds: { alert_count: 0 },
      findings: { count: 5, unclassified: 2, by_classification: { true_positive: 3 } },
      judged: { alert_count: 0, outcomes: [], calibration: [] },
    });
  });

  test('compares classifications with closures', () => {
    const { judged } = score([
      tally('true_positive', 'true_positive', 6),
      tally('true_positive', 'false_positive', 2),
      tally('false_positive', 'true_positive', 1),
      tally('false_positive', 'false_positive', 1),
      tally('inconclusive', 'true_positive', 3),
    ]);
    expect(judged).toMatchObject({
      alert_count: 13,
      agreement: 0.7,
      true_positive_precision: 0.75,
      true_positive_recall: 0.6,
    });
  });

  test('adds up the bands of confidence for an outcome, and calibrates each', () => {
    const { judged } = score([
      tally('true_positive', 'true_positive', 3, 0.9),
      tally('true_positive', 'false_positive', 1, 0.9),
      tally('true_positive', 'true_positive', 1, 0.1),
      tally('true_positive', 'true_positive', 5),
      tally('inconclusive', 'true_positive', 1, 0.1),
    ]);
    expect(judged.outcomes).toContainEqual({
      classification: 'true_positive',
      closed_as: 'true_positive',
      count: 9,
    });
    expect(judged.calibration).toEqual([
      {
        confidence_from: 0,
        confidence_to: 0.2,
        alert_count: 1,
        mean_confidence: 0.1,
        agreement: 1,
      },
      {
        confidence_from: 0.8,
        confidence_to: 1,
        alert_count: 4,
        mean_confidence: 0.9,
        agreement: 0.75,
      },
    ]);
  });

  test('words that are none of ours never agree', () => {
    expect(score([tally('other', 'other', 2)]).judged.agreement).toBe(0);
  });
});
