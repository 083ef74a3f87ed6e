// `npm run bench [-- scenario…]`: measures the pipeline and prints a report.
import { orExplain, setUp } from './setup.mjs';

await orExplain(setUp({ build: 'everything' }));
process.setSourceMapsEnabled(true);
await import('../bench/dist/run-bench.js');
