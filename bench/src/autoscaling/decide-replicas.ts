/**
 * How KEDA and the HorizontalPodAutoscaler that it makes decide about replicas:
 *
 * | replicas                | decided by                                                                        |
 * | none                    | KEDA: as soon as a trigger is active, its minimum, at least one                   |
 * | some, a trigger active  | the HPA: the most that a trigger asks for, within the bounds; fewer only after the |
 * |                         | stabilization window, more at most twice as many or four more at a time           |
 * | some, none active       | the HPA too; after the cooldown KEDA goes to none, where the minimum is 0          |
 */
export type Trigger = {
  /** `Value` is compared as it is and multiplies the replicas; `AverageValue` is divided by them. */
  metricType: 'Value' | 'AverageValue';
  target: number;
  /** The trigger is active above this value. */
  activation: number;
};

export type ScalingRule = {
  minReplicas: number;
  maxReplicas: number;
  cooldownSeconds: number;
  stabilizationSeconds: number;
};

export type Reading = Trigger & { value: number };
export type Scaler = {
  /** Number of replicas that there should be, given those that are ready and those that were asked for. */
  decide: (now: { atSeconds: number; ready: number; asked: number; readings: Reading[] }) => number;
};

/** The HPA changes nothing while a metric is within a tenth of its target. */
const TOLERANCE = 0.1;
const MAX_STEP = { factor: 2, pods: 4 };

export function createScaler(rule: ScalingRule): Scaler {
  let lastActiveAt = Number.NEGATIVE_INFINITY;
  let recommended: { atSeconds: number; replicas: number }[] = [];
  return {
    decide({ atSeconds, ready, asked, readings }) {
      if (readings.some(({ value, activation }) => value > activation)) lastActiveAt = atSeconds;
      const least = Math.max(1, rule.minReplicas);
      if (asked === 0) {
        recommended = [];
        return lastActiveAt === atSeconds ? least : rule.minReplicas;
      }
      if (rule.minReplicas === 0 && atSeconds - lastActiveAt >= rule.cooldownSeconds) return 0;
      const wanted = Math.max(...readings.map((reading) => wantedBy(reading, ready)));
      const bounded = Math.min(Math.max(wanted, least), rule.maxReplicas);
      const isRecent = (one: { atSeconds: number }) =>
        atSeconds - one.atSeconds < rule.stabilizationSeconds;
      recommended = [...recommended.filter(isRecent), { atSeconds, replicas: bounded }];
      if (bounded >= asked)
        return Math.min(bounded, Math.max(asked * MAX_STEP.factor, asked + MAX_STEP.pods));
      return Math.min(asked, Math.max(...recommended.map(({ replicas }) => replicas)));
    },
  };
}

function wantedBy({ metricType, value, target }: Reading, ready: number): number {
  const isAverage = metricType === 'AverageValue';
  const ratio = isAverage ? value / (target * Math.max(1, ready)) : value / target;
  if (Math.abs(ratio - 1) <= TOLERANCE) return ready;
  return isAverage ? Math.ceil(value / target) : Math.ceil(ready * ratio);
}
