import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { databaseConfig } from '@calseta/database';
import { loadConfig } from '@calseta/platform';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readCompose, readText } from './support/compose-file.js';
import {
  type Manifest,
  mebibytes,
  type PodTemplate,
  readManifests,
  selects,
  type Workload,
} from './support/manifests.js';
import { KNOWN_VARIABLES, SERVICE_SHAPES, stopMs } from './support/service-shapes.js';
import { SERVICE_NAMES, type ServiceName } from './support/start-service.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const LISTENERS: readonly ServiceName[] = ['ingest-api', 'alerts-api'];
const CALLS_OUT: readonly ServiceName[] = ['enricher', 'dispatcher'];
const WORKERS = ['extractor', 'enricher', 'dispatcher'] as const;
/** Each has what secrets it reads; the rest of the environment is in its ConfigMap. */
const SECRETS: Record<ServiceName, string[]> = {
  'ingest-api': ['AMQP_URL', 'CALSETA_ENCRYPTION_KEY', 'DATABASE_URL'],
  extractor: ['AMQP_URL', 'DATABASE_URL'],
  enricher: ['AMQP_URL', 'CALSETA_ENCRYPTION_KEY', 'DATABASE_URL'],
  dispatcher: ['AMQP_URL', 'CALSETA_ENCRYPTION_KEY', 'DATABASE_URL'],
  'alerts-api': ['AMQP_URL', 'CALSETA_BOOTSTRAP_API_KEY', 'CALSETA_ENCRYPTION_KEY', 'DATABASE_URL'],
};
/** What only deploy/kubernetes/autoscaled sets. */
const SLACK = 'CALSETA_SLACK_SIGNING_SECRET';
const GIVEN = {
  DATABASE_URL: 'postgresql://u:p@h/d',
  AMQP_URL: 'amqp://u:p@h',
  CALSETA_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
};

const find = (manifests: Manifest[], kind: string, name: string): Manifest => {
  const found = manifests.find((one) => one.kind === kind && one.metadata.name === name);
  if (!found) throw new Error(`There is no ${kind} ${name}`);
  return found;
};
const ofKind = (manifests: Manifest[], kind: string) =>
  manifests.filter((one) => one.kind === kind);

const BASES = ['deploy/kubernetes', 'deploy/kubernetes/autoscaled'] as const;

describe.each(BASES)('%s', (base) => {
  const [kustomization] = readManifests(`${base}/kustomization.yaml`);
  const manifests = kustomization!.resources!.flatMap((path) => readManifests(`${base}/${path}`));
  const deployment = (name: ServiceName): Workload =>
    find(manifests, 'Deployment', `calseta-${name}`).spec;
  const settings = (name: ServiceName) => find(manifests, 'ConfigMap', `calseta-${name}`).data!;
  const templates = [...ofKind(manifests, 'Deployment'), ...ofKind(manifests, 'Job')].map(
    ({ spec }) => (spec as Workload).template,
  );

  test.each(SERVICE_NAMES)('runs %s, watched and drained', (name) => {
    const { selector, template } = deployment(name);
    const [container] = template.spec.containers;
    expect(selects(selector!.matchLabels, template.metadata.labels)).toBe(true);
    expect(container).toMatchObject({
      image: `calseta/${name}:latest`,
      ports: [{ name: 'http', containerPort: 8000 }],
      startupProbe: { httpGet: { path: '/livez', port: 'http' } },
      livenessProbe: { httpGet: { path: '/livez', port: 'http' } },
      readinessProbe: { httpGet: { path: '/readyz', port: 'http' } },
    });
    expect(template.metadata.annotations!['checksum/config']).toMatch(/^[0-9a-f]{64}$/);
    const grace = template.spec.terminationGracePeriodSeconds! * 1_000;
    expect(grace).toBeGreaterThan(stopMs(settings(name)));
    for (const { labelSelector } of template.spec.topologySpreadConstraints!) {
      expect(labelSelector.matchLabels).toEqual(selector!.matchLabels);
    }
  });

  test('confines every pod, and gives it no token', () => {
    expect(templates).toHaveLength(6);
    for (const { spec } of templates) {
      expect(spec.automountServiceAccountToken).toBe(false);
      expect(spec.securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(spec.containers[0].securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      const account = find(manifests, 'ServiceAccount', spec.serviceAccountName);
      expect(account).toMatchObject({ automountServiceAccountToken: false });
    }
  });

  test('lets memory hold more than the heap', () => {
    const [, heap] = /--max-old-space-size=(\d+)/.exec(readText('deploy/Dockerfile')) ?? [];
    for (const { spec } of templates) {
      const { limits, requests } = spec.containers[0].resources;
      expect(mebibytes(limits['memory']!)).toBeGreaterThan(Number(heap) * 1.2);
      expect(mebibytes(requests['memory']!)).toBeGreaterThan(0);
    }
  });

  test.each(SERVICE_NAMES)('configures %s completely, in terms that it knows', (name) => {
    const { envFrom = [], env = [] } = deployment(name).template.spec.containers[0];
    const config = settings(name);
    expect(envFrom).toContainEqual({ configMapRef: { name: `calseta-${name}` } });
    const hasSlack = name === 'alerts-api' && base.endsWith('/autoscaled');
    const secrets = [...SECRETS[name], ...(hasSlack ? [SLACK] : [])].sort();
    expect(env.map((one) => one.name).sort()).toEqual(secrets);
    const names = [...Object.keys(config), ...env.map((one) => one.name)];
    expect(names.filter((variable) => !KNOWN_VARIABLES.has(variable))).toEqual([]);
    expect(names.filter((variable) => !(variable in SERVICE_SHAPES[name]))).toEqual(
      // Shared variables of which these two read fewer.
      names.filter(
        (one) => ['NODE_ENV', 'CALSETA_PUBLIC_URL'].includes(one) && !(one in SERVICE_SHAPES[name]),
      ),
    );
    expect(() => loadConfig(SERVICE_SHAPES[name], { ...config, ...GIVEN })).not.toThrow();
  });

  test('names files of the volumes that are mounted', () => {
    for (const name of SERVICE_NAMES) {
      const { volumeMounts = [] } = deployment(name).template.spec.containers[0];
      const paths = Object.entries(settings(name)).filter(([variable]) =>
        variable.endsWith('_FILE'),
      );
      const homeless = paths.filter(
        ([, file]) => !volumeMounts.some(({ mountPath }) => file.startsWith(`${mountPath}/`)),
      );
      expect(homeless).toEqual([]);
    }
  });

  test('mounts what it names, and names what is mounted', () => {
    for (const { spec } of templates) {
      const mounted = (spec.containers[0].volumeMounts ?? []).map(({ name }) => name);
      expect(mounted).toEqual((spec.volumes ?? []).map(({ name }) => name));
    }
    const enricher = deployment('enricher').template.spec.containers[0];
    const lists = settings('enricher')['THREAT_LISTS_DIR'];
    const folders = (enricher.volumeMounts ?? []).map(({ mountPath }) => mountPath);
    expect(lists === undefined).toBe(!folders.some((path) => path.startsWith('/lists')));
  });

  test('holds no more connections than Postgres has', () => {
    const values = ['deploy/helm/calseta/values.yaml', `${base}/values.yaml`].map(
      (path) => parse(readText(path)) as { database: Record<string, number> },
    );
    const database = Object.assign({}, ...values.map((one) => one.database)) as Record<
      string,
      number
    >;
    const most = (name: ServiceName): number => {
      const scaler = manifests.find(
        ({ kind, metadata }) =>
          ['ScaledObject', 'HorizontalPodAutoscaler'].includes(kind) &&
          metadata.name === `calseta-${name}`,
      )?.spec as { maxReplicaCount?: number; maxReplicas?: number } | undefined;
      const { replicas, strategy } = deployment(name);
      const scaled = scaler && (scaler.maxReplicaCount ?? scaler.maxReplicas);
      return (replicas ?? scaled ?? Number.NaN) + strategy!.rollingUpdate.maxSurge;
    };
    const pools = SERVICE_NAMES.map(
      (name) => most(name) * Number(settings(name)['DATABASE_POOL_SIZE']),
    );
    const sum = pools.reduce((total, pool) => total + pool, 2);
    expect(sum).toBeLessThanOrEqual(database['maxConnections']! - database['reservedConnections']!);
  });

  test('disturbs one replica at a time', () => {
    for (const name of SERVICE_NAMES) {
      const { spec } = find(manifests, 'PodDisruptionBudget', `calseta-${name}`);
      expect(spec).toEqual({ maxUnavailable: 1, selector: deployment(name).selector });
      const { maxSurge, maxUnavailable } = deployment(name).strategy!.rollingUpdate;
      expect(maxSurge + maxUnavailable).toBe(1);
    }
  });

  test('lets only the enricher and the dispatcher out into the world', () => {
    type Policy = {
      podSelector: { matchLabels: Record<string, string> };
      policyTypes: string[];
      egress: { to?: { ipBlock?: { cidr: string } }[]; ports?: { port: number }[] }[];
    };
    const outside = SERVICE_NAMES.filter((name) => {
      const policy: Policy = find(manifests, 'NetworkPolicy', `calseta-${name}`).spec;
      expect(policy.podSelector).toEqual(deployment(name).selector);
      expect(policy.policyTypes).toEqual(['Ingress', 'Egress']);
      // An entry without `to` is for any address: names alone.
      for (const { to, ports } of policy.egress) {
        if (!to) expect(ports!.map(({ port }) => port)).toEqual([53, 53]);
      }
      return policy.egress.some(({ to }) =>
        to?.some(({ ipBlock }) => ipBlock?.cidr === '0.0.0.0/0'),
      );
    });
    expect(outside).toEqual(CALLS_OUT);
    const migrate: Policy = find(manifests, 'NetworkPolicy', 'calseta-migrate').spec;
    const job: Workload = find(manifests, 'Job', 'calseta-migrate').spec;
    expect(selects(migrate.podSelector.matchLabels, job.template.metadata.labels)).toBe(true);
  });

  test('leads requests to the services that listen', () => {
    const door = manifests.find(({ kind }) => ['Ingress', 'HTTPRoute'].includes(kind))!;
    const routes = readRoutes(door);
    expect(routes).toEqual([
      ['/v1/ingest', 'calseta-ingest-api'],
      ['/v1', 'calseta-alerts-api'],
      ['/docs', 'calseta-alerts-api'],
      ['/schemas', 'calseta-alerts-api'],
      ['/openapi.json', 'calseta-alerts-api'],
      ['/llms.txt', 'calseta-alerts-api'],
      ['/mcp', 'calseta-alerts-api'],
    ]);
    for (const name of LISTENERS) {
      const service = find(manifests, 'Service', `calseta-${name}`).spec as {
        selector: Record<string, string>;
        ports: { name: string; port: number; targetPort: string }[];
      };
      expect(service.selector).toEqual(deployment(name).selector!.matchLabels);
      expect(service.ports).toEqual([{ name: 'http', port: 80, targetPort: 'http' }]);
    }
    const { paths } = JSON.parse(readText('docs/openapi.json')) as { paths: object };
    const reached = Object.keys(paths).filter((path) =>
      routes.some(([prefix]) => path === prefix || path.startsWith(`${prefix}/`)),
    );
    expect(reached).toEqual(Object.keys(paths));
  });

  test('migrates with the command of docker compose, before anything else', () => {
    const { metadata, spec } = find(manifests, 'Job', 'calseta-migrate');
    const { command } = readCompose().services['migrate']!;
    const { template } = spec as Workload;
    expect(template.spec.containers).toMatchObject([
      { image: 'calseta/alerts-api:latest', command },
    ]);
    expect(existsSync(root + command![1]!.replace('/dist/', '/src/').replace(/\.js$/, '.ts'))).toBe(
      true,
    );
    const hook = { 'helm.sh/hook': 'pre-install,pre-upgrade' };
    expect(metadata.annotations).toMatchObject({ ...hook, 'helm.sh/hook-weight': '0' });
    for (const kind of ['ServiceAccount', 'NetworkPolicy']) {
      expect(find(manifests, kind, 'calseta-migrate').metadata.annotations).toMatchObject({
        ...hook,
        'helm.sh/hook-weight': '-10',
        'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
      });
    }
    const names = template.spec.containers[0].env!.map(({ name }) => name);
    expect(names.filter((name) => !(name in databaseConfig))).toEqual([]);
    expect(names).toContain('DATABASE_URL');
  });
});

/** Path and Service of each rule. */
function readRoutes({ kind, spec }: Manifest): [string, string][] {
  if (kind === 'Ingress') {
    const { rules } = spec as {
      rules: { http: { paths: { path: string; backend: { service: { name: string } } }[] } }[];
    };
    return rules.flatMap(({ http }) =>
      http.paths.map(({ path, backend }): [string, string] => [path, backend.service.name]),
    );
  }
  const { rules } = spec as {
    rules: { matches: [{ path: { value: string } }]; backendRefs: [{ name: string }] }[];
  };
  return rules.map(({ matches: [{ path }], backendRefs: [{ name }] }) => [path.value, name]);
}

describe('deploy/kubernetes', () => {
  const manifests = ['namespace', 'secret', 'calseta'].flatMap((file) =>
    readManifests(`deploy/kubernetes/${file}.yaml`),
  );

  test('refers to the Secret that it has', () => {
    const { stringData } = find(manifests, 'Secret', 'calseta');
    const pods = [...ofKind(manifests, 'Deployment'), ...ofKind(manifests, 'Job')].map(
      ({ spec }) => (spec as { template: PodTemplate }).template.spec,
    );
    const asked = pods
      .flatMap(({ containers }) => containers[0].env!)
      .map(({ valueFrom }) => valueFrom.secretKeyRef);
    expect(asked.filter(({ name, key }) => name !== 'calseta' || !(key in stringData!))).toEqual(
      [],
    );
  });

  test('makes its namespace, and can be set up apart from what runs', () => {
    const [, selector = ''] = /--selector (\S+=setup)$/m.exec(readText('docs/deploy.md')) ?? [];
    const [label = '', value] = selector.split('=');
    const setUp = manifests.filter(({ metadata }) => metadata.labels?.[label] === value);
    expect([...new Set(setUp.map(({ kind }) => kind))].sort()).toEqual([
      'ConfigMap',
      'Job',
      'Namespace',
      'NetworkPolicy',
      'Secret',
      'ServiceAccount',
    ]);
    expect(ofKind(setUp, 'ServiceAccount').map(({ metadata }) => metadata.name)).toEqual([
      'calseta-migrate',
    ]);
  });
});

describe('deploy/kubernetes/autoscaled', () => {
  const manifests = readManifests('deploy/kubernetes/autoscaled/calseta.yaml');

  test('scales each service once, and leaves its replicas alone', () => {
    const scaled = [
      ...ofKind(manifests, 'HorizontalPodAutoscaler'),
      ...ofKind(manifests, 'ScaledObject'),
    ];
    const names = scaled.map(
      ({ spec }) => (spec as { scaleTargetRef: { name: string } }).scaleTargetRef.name,
    );
    expect(names.sort()).toEqual(SERVICE_NAMES.map((name) => `calseta-${name}`).sort());
    for (const name of names) {
      expect((find(manifests, 'Deployment', name).spec as Workload).replicas).toBeUndefined();
    }
  });

  test('leads the migration and KEDA past PgBouncer', () => {
    const urlOf = (kind: string, name: string) => {
      const { template } = find(manifests, kind, name).spec as Workload;
      const { env = [] } = template.spec.containers[0];
      return env.find((one) => one.name === 'DATABASE_URL')?.valueFrom.secretKeyRef;
    };
    for (const name of SERVICE_NAMES) {
      const ref = { name: 'calseta', key: 'DATABASE_URL' };
      expect(urlOf('Deployment', `calseta-${name}`)).toEqual(ref);
    }
    const own = { name: 'calseta', key: 'MIGRATION_DATABASE_URL' };
    expect(urlOf('Job', 'calseta-migrate')).toEqual(own);
    for (const name of ['migrate', ...SERVICE_NAMES]) {
      const { egress } = find(manifests, 'NetworkPolicy', `calseta-${name}`).spec as {
        egress: { ports?: { port: number }[] }[];
      };
      const ports = egress.flatMap((rule) => (rule.ports ?? []).map(({ port }) => port));
      expect(ports).toEqual(expect.arrayContaining([5432, 6432]));
    }
    const { spec } = find(manifests, 'TriggerAuthentication', 'calseta-backlog');
    expect(spec).toEqual({
      secretTargetRef: [{ parameter: 'connection', name: 'calseta-keda', key: 'DATABASE_URL' }],
    });
  });

  test('watches every pod of the release', () => {
    const { spec } = find(manifests, 'PodMonitor', 'calseta');
    const { selector, podMetricsEndpoints } = spec as {
      selector: { matchLabels: Record<string, string> };
      podMetricsEndpoints: { port: string }[];
    };
    for (const deployment of ofKind(manifests, 'Deployment')) {
      const { template } = deployment.spec as Workload;
      expect(selects(selector.matchLabels, template.metadata.labels)).toBe(true);
      expect(template.spec.containers[0].ports![0]!.name).toBe(podMetricsEndpoints[0]!.port);
    }
  });

  test.each(WORKERS)('asks for the age and the number of what waits for %s', (name) => {
    const { triggers } = find(manifests, 'ScaledObject', `calseta-${name}`).spec as {
      triggers: { name: string; metricType: string; authenticationRef: { name: string } }[];
    };
    expect(triggers.map((one) => [one.name, one.metricType])).toEqual([
      ['oldest-age', 'Value'],
      ['backlog', 'AverageValue'],
    ]);
    for (const { authenticationRef } of triggers)
      find(manifests, 'TriggerAuthentication', authenticationRef.name);
  });
});
