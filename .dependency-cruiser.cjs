/** The direction of dependencies, as told in ARCHITECTURE.md. */
const only = (name, module, allowed) => ({
  name: `only-${name}-imports-${module.replace(/[^a-z]/g, '')}`,
  severity: 'error',
  from: { pathNot: allowed },
  to: { path: `node_modules/(${module})/` },
});

/**
 * The rooms of a package from top to bottom, one line for each floor: a room may import from the floors below
 * it, not from its own floor and not from above.
 */
const ROOMS = {
  'packages/common/src': [
    ['sources'],
    ['api'],
    ['events'],
    ['context'],
    ['messages', 'rules', 'enrichment'],
    ['alert'],
    ['paths', 'text', 'trace', 'webhook'],
    ['core'],
  ],
  'packages/indicators/src': [
    ['extract'],
    ['fields'],
    ['text'],
    ['vocabulary', 'lists'],
    ['canonicalize'],
    ['values'],
  ],
  'packages/http-steps/src': [
    ['lookup', 'workflow'],
    ['run'],
    ['fields'],
    ['answers'],
    ['steps'],
    ['templates', 'redact'],
  ],
  'packages/database/src': [
    ['retention'],
    ['configuration'],
    [
      'access',
      'alerts',
      'audit',
      'enrichment',
      'resources',
      'workflows',
      'pipeline/(ingest|extraction|enrichment|dispatch)',
    ],
    ['pipeline/updates'],
    ['pipeline/stage', 'pipeline/sightings', 'events'],
    ['migrations'],
    ['core'],
  ],
  'packages/platform/src': [
    ['lifecycle', 'openapi'],
    ['http', 'egress', 'secrets'],
    ['auth', 'telemetry', 'tokens'],
    ['config'],
  ],
  'packages/platform/src/http': [['routes'], ['requests'], ['server'], ['answers']],
  'packages/local/src': [['gateway', 'servers'], ['processes']],
  'services/ingest-api/src': [
    ['routes', 'requests'],
    ['accept'],
    ['read', 'store'],
    ['sources'],
    ['body'],
  ],
  'bench/src': [
    ['attack', 'chaos', 'scenarios'],
    ['autoscaling'],
    ['report'],
    ['system'],
    ['tools'],
  ],
  'packages/messaging/src': [['stage'], ['rabbitmq', 'in-process'], ['protocol']],
  'services/alerts-api/src': [
    ['docs'],
    ['routes', 'mcp', 'jobs'],
    ['operations'],
    ['pull', 'stream'],
  ],
  'services/alerts-api/src/mcp': [['tools', 'resources'], ['answers']],
  'services/enricher/src': [['requests'], ['engine'], ['guards', 'providers'], ['domain']],
  'services/dispatcher/src': [
    ['requests'],
    ['deliveries', 'workflows', 'approvals'],
    ['webhooks'],
    ['domain'],
  ],
};

const tests = '\\.test\\.ts$|/test/|^packages/testing/';
/** Neither do benchmarks, which measure libraries beside the product. */
const outside = `^bench/|${tests}`;

const floorRules = Object.entries(ROOMS).flatMap(([home, floors]) =>
  floors.map((rooms, floor) => ({
    name: `rooms-of-${home.replace(/\/src/, '').replaceAll('/', '-')}-point-down-${floor + 1}`,
    severity: 'error',
    from: { path: `^${home}/(${rooms.join('|')})/`, pathNot: tests },
    to: {
      path: `^${home}/(${floors
        .slice(0, floor + 1)
        .flat()
        .join('|')})/`,
      pathNot: `^${home}/$1/`,
    },
  })),
);

module.exports = {
  forbidden: [
    ...floorRules,
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'services-never-import-services',
      comment: 'Only services/standalone composes the others.',
      severity: 'error',
      from: { path: '^services/([^/]+)/', pathNot: '^services/standalone/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'packages-never-import-services',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^services/' },
    },
    {
      name: 'common-is-pure',
      comment: 'Shared types and pure domain: no other package of ours, no IO library.',
      severity: 'error',
      from: { path: '^packages/common/src', pathNot: tests },
      to: {
        pathNot: '^packages/common/src|node_modules/(zod|uuid|re2js)/|^(node:)?(net|url|crypto)$',
      },
    },
    {
      name: 'indicators-are-pure',
      comment: 'Reading text and fields: of ours the shared types only, and no IO.',
      severity: 'error',
      from: { path: '^packages/indicators/src', pathNot: tests },
      to: {
        pathNot:
          '^packages/indicators/src|^packages/common/src/index|node_modules/(tldts|tldts-core|ipaddr\\.js)/|^(node:)?(net|url)$',
      },
    },
    {
      name: 'http-steps-are-pure',
      comment: 'The language of steps sends nothing itself: of ours the shared types only.',
      severity: 'error',
      from: { path: '^packages/http-steps/src', pathNot: tests },
      to: {
        pathNot:
          '^packages/http-steps/src|^packages/common/src/index|node_modules/zod/|^(node:)?(buffer|crypto|url)$',
      },
    },
    {
      name: 'async-is-pure',
      comment: 'Machines of time and concurrency: of ours the errors only.',
      severity: 'error',
      from: { path: '^packages/async/src', pathNot: tests },
      to: { pathNot: '^packages/async/src|^packages/common/src/index|^timers' },
    },
    {
      name: 'io-packages-are-siblings',
      comment: 'messaging, database and platform do not know each other.',
      severity: 'error',
      from: { path: '^packages/(messaging|database|platform)/src', pathNot: tests },
      to: { path: '^packages/(messaging|database|platform)/', pathNot: '^packages/$1/' },
    },
    {
      name: 'domain-has-no-io',
      severity: 'error',
      from: { path: '/domain/', pathNot: tests },
      to: { path: '^packages/(messaging|database|platform)/|node_modules/(express|axios|undici)/' },
    },
    {
      name: 'operations-know-no-http',
      comment:
        'Routes and tools stand on the same operations, and put outcomes into words of their protocol.',
      severity: 'error',
      from: { path: '^services/alerts-api/src/operations/', pathNot: tests },
      to: {
        path: '^packages/platform/|node_modules/(express|axios|undici)/|^(node:)?(http|https|http2|net)$',
      },
    },
    {
      name: 'testing-is-for-tests',
      severity: 'error',
      from: { path: '^(packages|services)/', pathNot: tests },
      to: { path: '^packages/testing/' },
    },
    only('messaging', 'amqplib', `^packages/messaging/|${outside}`),
    only('database', '@prisma/client|@prisma/adapter-pg', `^packages/database/|${outside}`),
    only('mcp', '@modelcontextprotocol', `^services/alerts-api/src/mcp/|${outside}`),
    only('platform', 'express|winston|prom-client', `^packages/platform/|${outside}`),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/|packages/database/src/generated' },
    tsConfig: { fileName: 'tsconfig.check.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@calseta/source', 'import', 'node', 'default'],
    },
    tsPreCompilationDeps: true,
  },
};
