// `npm run verify`: everything that needs no servers.
import { runChecks } from './checks.mjs';
import { runJest } from './jest.mjs';
import { orExplain, setUp } from './setup.mjs';
import { summarise } from './summary.mjs';

await orExplain(setUp());
summarise(await runChecks(), await runJest(['--selectProjects', 'unit']));
