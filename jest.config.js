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

/** They stop, freeze and kill processes, each in a system of its own, and wait most of the time. */
const FAULTS = ['attack', 'chaos', 'cluster', 'enricher-kill', 'healing', 'outage-log'];
/** They measure time or need the whole machine, so nothing runs beside them. */
const TIMED = ['bad-agents', 'flood', 'slow-patterns', 'unread-answers'];

const endToEnd = (names) => names.map((name) => `<rootDir>/e2e/${name}.e2e.test.ts`);

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
      testPathIgnorePatterns: endToEnd([...FAULTS, ...TIMED]),
    },
    {
      ...shared,
      ...servers,
      displayName: 'faults',
      testMatch: endToEnd(FAULTS),
    },
    {
      ...shared,
      ...servers,
      displayName: 'timed',
      testMatch: endToEnd(TIMED),
    },
  ],
};
