const shared = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@calseta/source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['/dist/'],
};

const servers = {
  globalSetup: '<rootDir>/packages/testing/src/jest/global-setup.mjs',
  globalTeardown: '<rootDir>/packages/testing/src/jest/global-teardown.mjs',
  setupFilesAfterEnv: ['<rootDir>/packages/testing/src/jest/time-limit.ts'],
};

/** They stop and kill processes, or measure time, so nothing runs beside them. */
const ALONE = [
  'attack',
  'bad-agents',
  'chaos',
  'cluster',
  'enricher-kill',
  'healing',
  'outage-log',
  'slow-patterns',
  'unread-answers',
];

export default {
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/{packages/*,services/*,bench}/src/**/*.test.ts'],
    },
    {
      ...shared,
      ...servers,
      displayName: 'integration',
      testMatch: ['<rootDir>/{packages,services}/*/test/**/*.integration.test.ts'],
    },
    {
      ...shared,
      ...servers,
      displayName: 'e2e',
      testMatch: ['<rootDir>/e2e/*.e2e.test.ts'],
      testPathIgnorePatterns: [`/e2e/(${ALONE.join('|')})\\.e2e\\.test\\.ts$`],
    },
    {
      ...shared,
      ...servers,
      displayName: 'alone',
      testMatch: [`<rootDir>/e2e/(${ALONE.join('|')}).e2e.test.ts`],
    },
  ],
};
