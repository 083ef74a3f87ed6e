import { parseAllDocuments } from 'yaml';
import { readText } from './compose-file.js';

type Labels = Record<string, string>;

export type Container = {
  name: string;
  image: string;
  command?: string[];
  ports?: { name: string; containerPort: number }[];
  envFrom?: Partial<Record<'configMapRef' | 'secretRef', { name: string }>>[];
  env?: { name: string; valueFrom: { secretKeyRef: { name: string; key: string } } }[];
  resources: { requests: Labels; limits: Labels };
  securityContext: Record<string, unknown>;
  volumeMounts?: { name: string; mountPath: string }[];
} & Partial<Record<'startupProbe' | 'livenessProbe' | 'readinessProbe', Probe>>;

type Probe = { httpGet: { path: string; port: string } };

export type PodTemplate = {
  metadata: { labels: Labels; annotations?: Labels };
  spec: {
    serviceAccountName: string;
    automountServiceAccountToken: boolean;
    terminationGracePeriodSeconds?: number;
    securityContext: Record<string, unknown>;
    topologySpreadConstraints?: { labelSelector: { matchLabels: Labels } }[];
    containers: [Container];
    volumes?: { name: string }[];
  };
};

export type Workload = {
  replicas?: number;
  selector?: { matchLabels: Labels };
  strategy?: { rollingUpdate: { maxSurge: number; maxUnavailable: number } };
  template: PodTemplate;
};

export type Manifest = {
  kind: string;
  metadata: { name: string; labels?: Labels; annotations?: Labels };
  data?: Labels;
  stringData?: Labels;
  /** Of kustomize. */
  resources?: string[];
  // Each kind has its own default.
  spec: never;
};

export const readManifests = (path: string): Manifest[] =>
  parseAllDocuments(readText(path)).map((document) => document.toJS() as Manifest);

/** True when pods with these labels are selected. */
export const selects = (selector: Labels, labels: Labels): boolean =>
  Object.entries(selector).every(([name, value]) => labels[name] === value);

/** Megabytes of a quantity like 640Mi. */
export function mebibytes(quantity: string): number {
  const [, count, unit] = /^(\d+)(Mi|Gi)$/.exec(quantity) ?? [];
  return Number(count) * (unit === 'Gi' ? 1_024 : 1);
}
