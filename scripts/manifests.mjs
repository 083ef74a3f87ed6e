// Renders the Kubernetes bases from the Helm chart. With --check: checks the chart, and that the bases are what it renders.
// HELM and KUBERNETES_VALIDATE are the paths of `helm` and `kubernetes-validate` (PyPI) if they are not on the PATH.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run } from './run.mjs';

/** As in sysexits.h: the check could not be made. */
const EXIT_NOT_CHECKED = 75;
/** Kinds of others, of which Kubernetes itself has no schema. */
const CUSTOM = /^kind: (?:HTTPRoute|PodMonitor|ScaledObject|TriggerAuthentication)$/m;
const KUBERNETES_VERSIONS = ['1.29', '1.33', '1.37'];
const HEADING =
  '# Rendered from deploy/helm/calseta with values.yaml of this folder: `node scripts/manifests.mjs`.\n';
const BASES = ['deploy/kubernetes', 'deploy/kubernetes/autoscaled'];
/** Two URLs are enough. */
const MINIMAL = ['--set', 'database.url=postgresql://u:p@h/d', '--set', 'broker.url=amqp://u:p@h'];
const POOLED = [
  ...['--set', 'database.url=postgresql://u:p@pool:6432/d?pgbouncer=true'],
  ...['--set', 'networkPolicy.database.ports={5432,6432}', '--set', 'broker.url=amqp://u:p@h'],
];
const OF_POSTGRES = ['--set', 'database.migrationUrl=postgresql://owner:p@postgres:5432/d'];
/** Values that the chart has to take, a kind and a name, and what that object has to hold. */
const RENDERED = [
  [MINIMAL, 'Secret calseta-migrate', 'DATABASE_URL: "postgresql://u:p@h/d"'],
  [
    MINIMAL,
    'Secret calseta-migrate',
    'helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded',
  ],
  [
    [...POOLED, ...OF_POSTGRES],
    'Secret calseta-migrate',
    'DATABASE_URL: "postgresql://owner:p@postgres:5432/d"',
  ],
  [
    [...POOLED, ...OF_POSTGRES],
    'Secret calseta-database',
    '"postgresql://u:p@pool:6432/d?pgbouncer=true"',
  ],
  [
    [...POOLED, '--set', 'migrate.existingSecret=own,migrate.existingSecretKey=URL'],
    'Job calseta-migrate',
    'valueFrom: { secretKeyRef: { name: own, key: URL } }',
  ],
  [
    [
      '--set',
      'database.existingSecret=s,database.existingSecretMigrationKey=M',
      '--set',
      'broker.existingSecret=s',
    ],
    'Job calseta-migrate',
    'valueFrom: { secretKeyRef: { name: s, key: M } }',
  ],
  [
    [...MINIMAL, '--set', 'database.url=postgresql://u:p@a:5432\\,b:5432/d'],
    'Secret calseta-database',
    'a:5432,b:5432/d',
  ],
  [
    [...MINIMAL, '--set', 'tracing.headersSecret=collector'],
    'Deployment calseta-extractor',
    'secretKeyRef: { name: collector, key: OTEL_EXPORTER_OTLP_HEADERS }',
  ],
  [
    [...MINIMAL, '--set', 'config.OTEL_TRACES_SAMPLER=always_on'],
    'ConfigMap calseta-enricher',
    'OTEL_TRACES_SAMPLER: "always_on"',
  ],
  [[...MINIMAL, '--set', 'nodeSelector.disk=fast'], 'Job calseta-migrate', 'disk: fast'],
  [[...MINIMAL, '--set', 'nodeSelector.disk=fast'], 'Deployment calseta-enricher', 'disk: fast'],
  [
    [...MINIMAL, '--set', 'slack.signingSecret=0123456789abcdef'],
    'Deployment calseta-alerts-api',
    'secretKeyRef: { name: calseta-slack, key: CALSETA_SLACK_SIGNING_SECRET }',
  ],
];
/** Values that the chart has to refuse, and a part of its reason. */
const REFUSED = [
  [['--set', 'broker.url=amqp://u:p@h'], 'database.url'],
  [[...MINIMAL, '--set', 'services.extractor.replicas=30'], 'connections to Postgres'],
  [[...MINIMAL, '--set', 'config.LOG_LEVLE=debug'], 'LOG_LEVLE'],
  [[...MINIMAL, '--set', 'config.DATABASE_URL=postgresql://u:p@h/d'], 'DATABASE_URL'],
  [[...MINIMAL, '--set', 'services.dispatcher.replica=1'], 'replica'],
  [[...MINIMAL, '--set', 'ingress.enabled=true,gateway.enabled=true'], 'not both'],
  [[...MINIMAL, '--set', 'shutdown.unreadySeconds=30'], 'shutdown'],
  [POOLED, 'database.migrationUrl'],
  [
    [...POOLED, ...OF_POSTGRES, '--set', 'migrate.existingSecret=own'],
    'Set one of migrate.existingSecret',
  ],
  [
    [...MINIMAL, '--set', 'database.existingSecretMigrationKey=M'],
    'database.existingSecret, which',
  ],
  [[...MINIMAL, '--set', 'database.migrationUrl=mysql://h/d'], 'migrationUrl'],
  [
    [...MINIMAL, '--set', 'database.url=postgresql://u:p@h:6432/d'],
    'database.url has the port 6432',
  ],
  [[...MINIMAL, '--set', 'broker.url=amqp://u:p@h:5673'], 'broker.url has the port 5673'],
  [
    [
      ...POOLED,
      ...OF_POSTGRES,
      '--set',
      'autoscaling.workers.enabled=true,database.maxConnections=500',
    ],
    'autoscaling.workers.existingSecret',
  ],
  [[...MINIMAL, '--set', 'services.enricher.autoscaling.minReplicas=9'], 'minReplicas'],
  [
    [...MINIMAL, '--set', 'providers.credentials.CALSETA_SLACK_SIGNING_SECRET=0123456789abcdef'],
    'invalid propertyName',
  ],
];

const helm = process.env['HELM'] ?? 'helm';
const validator = process.env['KUBERNETES_VALIDATE'] ?? 'kubernetes-validate';
const chart = join(root, 'deploy/helm/calseta');
const failures = [];

/** The order of the documents is that of Helm's version. */
const documentsOf = (text, isWanted = Boolean, separator = '\n') =>
  text
    .split(/^---$/m)
    .map((one) => one.trim())
    .filter((one) => one && isWanted(one))
    .sort()
    .join(separator);

const template = (args) =>
  run(helm, [
    'template',
    'calseta',
    chart,
    '--namespace',
    'calseta',
    '--kube-version',
    '1.33.0',
    ...args,
  ]);

/** Fails with what helm says. */
async function render(args) {
  const { code, output } = await template(args);
  if (code !== 0) throw new Error(output);
  return output.trimStart();
}

const isThere = async (program, args) => (await run(program, args)).code === 0;

if (!(await isThere(helm, ['version']))) {
  process.stdout.write(
    `There is no ${helm}: whether the chart renders, and the bases are what it renders, was not checked. ` +
      'Install Helm, or set HELM, and run `node scripts/manifests.mjs --check`.\n',
  );
  process.exit(EXIT_NOT_CHECKED);
}

const isCheck = process.argv.includes('--check');
for (const base of BASES) {
  const file = join(root, base, 'calseta.yaml');
  const wanted = HEADING + (await render(['--values', join(root, base, 'values.yaml')]));
  if (!isCheck) writeFileSync(file, wanted);
  else if (documentsOf(readFileSync(file, 'utf8')) !== documentsOf(wanted))
    failures.push(`${base}/calseta.yaml is not what the chart renders.`);
}
if (isCheck) {
  for (const [args, object, text] of RENDERED) {
    const [kind, name] = object.split(' ');
    const found = (await render(args))
      .split(/^---$/m)
      .find((one) => one.includes(`\nkind: ${kind}\n`) && one.includes(`\n  name: ${name}\n`));
    if (!found?.includes(text))
      failures.push(`With ${args.join(' ')} the chart gives no ${object} with ${text}.`);
  }
  for (const [args, reason] of REFUSED) {
    const { code, output } = await template(args);
    if (code === 0 || !output.includes(reason))
      failures.push(`The chart takes ${args.join(' ')}: ${output.slice(0, 300)}`);
  }
  const lint = await run(helm, ['lint', '--strict', '--kube-version', '1.33.0', chart, ...MINIMAL]);
  if (lint.code !== 0) failures.push(lint.output);
  if (await isThere(validator, ['--version'])) {
    const directory = mkdtempSync(join(tmpdir(), 'calseta-manifests-'));
    for (const base of BASES) {
      const file = join(directory, 'manifests.yaml');
      const text = readFileSync(join(root, base, 'calseta.yaml'), 'utf8');
      writeFileSync(
        file,
        documentsOf(text, (one) => !CUSTOM.test(one), '\n---\n'),
      );
      for (const version of KUBERNETES_VERSIONS) {
        const { code, output } = await run(validator, ['--strict', '-k', version, file]);
        if (code !== 0) failures.push(`${base}: ${output}`);
      }
    }
    rmSync(directory, { recursive: true });
  } else {
    process.stdout.write(
      `There is no ${validator}: the manifests were not checked against the schemas of Kubernetes.\n`,
    );
  }
}
process.stdout.write(failures.map((failure) => `${failure}\n`).join(''));
process.exitCode = failures.length === 0 ? 0 : 1;
