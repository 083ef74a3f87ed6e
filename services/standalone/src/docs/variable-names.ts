import { baseConfig, type ConfigShape } from '@calseta/platform';
import { DEPLOYMENT_VARIABLES } from './env-file.js';

const HEADING = `/**
 * Every variable that a part of Calseta reads; a process does not take one of another process for a mistake.
 * Made by \`npm run docs\` from the schemas.
 */`;

/** Renders the module with the names of all variables, in alphabetical order. */
export function renderVariableNames(shapes: readonly ConfigShape[]): string {
  const names = [baseConfig, ...shapes, DEPLOYMENT_VARIABLES].flatMap((shape) =>
    Object.keys(shape),
  );
  const lines = [...new Set(names)].sort().map((name) => `  '${name}',\n`);
  return `${HEADING}\nexport const VARIABLE_NAMES: readonly string[] = [\n${lines.join('')}];\n`;
}
