import { type Scorecard } from '@calseta/common';
import { type AgentTallies, type JudgedTally } from '@calseta/database';

type Scores = Pick<
  Scorecard,
  'deliveries' | 'tokens_pushed' | 'time_to_first_finding_seconds' | 'findings' | 'judged'
>;

/** Rates what an agent did by what was counted. */
export const scoreAgent = (tallies: AgentTallies): Scores => ({
  deliveries: {
    delivered: deliveriesOf(tallies, 'delivered'),
    pending: deliveriesOf(tallies, 'pending'),
    dead: deliveriesOf(tallies, 'dead'),
    cancelled: deliveriesOf(tallies, 'cancelled'),
  },
  tokens_pushed: tokensOf(tallies),
  time_to_first_finding_seconds: {
    alert_count: tallies.firstFindings.alertCount,
    ...(tallies.firstFindings.median !== null && { median: round(tallies.firstFindings.median) }),
    ...(tallies.firstFindings.p95 !== null && { p95: round(tallies.firstFindings.p95) }),
  },
  findings: {
    count: sum(tallies.findings),
    unclassified: sum(tallies.findings.filter(({ classification }) => classification === null)),
    by_classification: Object.fromEntries(
      tallies.findings.flatMap(({ classification, count }) =>
        classification === null ? [] : [[classification, count]],
      ),
    ),
  },
  judged: judge(tallies.judged),
});

const deliveriesOf = ({ deliveries }: AgentTallies, status: string): number =>
  sum(deliveries.filter((tally) => tally.status === status));

function tokensOf({ deliveries }: AgentTallies): Scores['tokens_pushed'] {
  const { count = 0, tokens = 0 } = deliveries.find(({ status }) => status === 'delivered') ?? {};
  return { total: tokens, ...(count > 0 && { mean: Math.round(tokens / count) }) };
}

function judge(tallies: readonly JudgedTally[]): Scorecard['judged'] {
  const decided = tallies.filter(({ classification }) => classification !== 'inconclusive');
  const called = tallies.filter(({ classification }) => classification === 'true_positive');
  const closed = tallies.filter(({ closedAs }) => closedAs === 'true_positive');
  return {
    alert_count: sum(tallies),
    outcomes: outcomesOf(tallies),
    ...share('agreement', decided.filter(agrees), decided),
    ...share('true_positive_precision', called.filter(agrees), called),
    ...share('true_positive_recall', closed.filter(agrees), closed),
    calibration: calibrationOf(decided),
  };
}

/** Words that are none of ours are not compared. */
const agrees = ({ classification, closedAs }: JudgedTally): boolean =>
  classification === closedAs && classification !== 'other';

function outcomesOf(tallies: readonly JudgedTally[]): Scorecard['judged']['outcomes'] {
  const outcomes = new Map<string, Scorecard['judged']['outcomes'][number]>();
  for (const { classification, closedAs: closed, count } of tallies) {
    const key = `${classification} ${closed}`;
    const before = outcomes.get(key)?.count ?? 0;
    outcomes.set(key, { classification, closed_as: closed, count: before + count });
  }
  return [...outcomes.values()];
}

const BANDS = [0, 1, 2, 3, 4];

const calibrationOf = (tallies: readonly JudgedTally[]): Scorecard['judged']['calibration'] =>
  BANDS.flatMap((band) => {
    const inBand = tallies.filter((tally) => tally.band === band);
    const count = sum(inBand);
    if (count === 0) return [];
    const confidence = inBand.reduce((total, { confidenceSum }) => total + confidenceSum, 0);
    return [
      {
        confidence_from: band / BANDS.length,
        confidence_to: (band + 1) / BANDS.length,
        alert_count: count,
        mean_confidence: round(confidence / count),
        agreement: round(sum(inBand.filter(agrees)) / count),
      },
    ];
  });

const sum = (tallies: readonly { count: number }[]): number =>
  tallies.reduce((total, { count }) => total + count, 0);

const share = <Name extends string>(
  name: Name,
  part: readonly JudgedTally[],
  whole: readonly JudgedTally[],
): Partial<Record<Name, number>> => {
  const of = sum(whole);
  return of === 0 ? {} : ({ [name]: round(sum(part) / of) } as Partial<Record<Name, number>>);
};

const round = (value: number): number => Math.round(value * 1_000) / 1_000;
