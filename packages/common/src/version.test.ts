import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { VERSION } from './version.js';

const read = (path: string): string =>
  readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

test('the version is that of the package, of the chart and of the newest release in the changelog', () => {
  expect((JSON.parse(read('package.json')) as { version: string }).version).toBe(VERSION);
  const [, appVersion] = /^appVersion: (\S+)$/m.exec(read('deploy/helm/calseta/Chart.yaml')) ?? [];
  expect(appVersion).toBe(VERSION);
  const [, newest] = /^## (\d+\.\d+\.\d+)/m.exec(read('CHANGELOG.md')) ?? [];
  expect(newest).toBe(VERSION);
});
