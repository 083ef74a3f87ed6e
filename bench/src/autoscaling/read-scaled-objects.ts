import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { type ServiceName } from '../system/start-system.js';
import { type ScalingRule, type Trigger } from './decide-replicas.js';

/** A trigger of a rule, with the question whose answer it compares. */
export type AskedTrigger = Trigger & { name: string; query: string };
export type ScaledObject = ScalingRule & {
  service: ServiceName;
  pollingSeconds: number;
  triggers: AskedTrigger[];
};

type Document = {
  kind: string;
  metadata: { labels: Record<string, string> };
  spec: {
    minReplicaCount: number;
    maxReplicaCount: number;
    pollingInterval: number;
    cooldownPeriod: number;
    triggers: {
      name: string;
      metricType: Trigger['metricType'];
      metadata: { query: string; targetQueryValue: string; activationTargetQueryValue: string };
    }[];
  };
};

const MANIFESTS = new URL('../../../deploy/kubernetes/autoscaled/calseta.yaml', import.meta.url);
/** Default of the HorizontalPodAutoscaler that KEDA makes. */
const STABILIZATION_SECONDS = 300;

/** The ScaledObjects that the chart renders, one for each worker. */
export async function readScaledObjects(): Promise<ScaledObject[]> {
  const text = await readFile(fileURLToPath(MANIFESTS), 'utf8');
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Document)
    .filter(({ kind }) => kind === 'ScaledObject')
    .map(({ metadata, spec }) => ({
      service: metadata.labels['app.kubernetes.io/component'] as ServiceName,
      minReplicas: spec.minReplicaCount,
      maxReplicas: spec.maxReplicaCount,
      pollingSeconds: spec.pollingInterval,
      cooldownSeconds: spec.cooldownPeriod,
      stabilizationSeconds: STABILIZATION_SECONDS,
      triggers: spec.triggers.map(({ name, metricType, metadata: asked }) => ({
        name,
        metricType,
        query: asked.query,
        target: Number(asked.targetQueryValue),
        activation: Number(asked.activationTargetQueryValue),
      })),
    }));
}

/** The same rule for a load that rises and falls this many times as fast. */
export const accelerate = (rule: ScaledObject, factor: number): ScaledObject => ({
  ...rule,
  pollingSeconds: rule.pollingSeconds / factor,
  cooldownSeconds: rule.cooldownSeconds / factor,
  stabilizationSeconds: rule.stabilizationSeconds / factor,
  triggers: rule.triggers.map((trigger) => ({ ...trigger, target: trigger.target / factor })),
});
