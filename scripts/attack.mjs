// `npm run attack [-- door…]`: attacks the running system on loopback, with a verdict for each door.
import { orExplain, setUp } from './setup.mjs';

await orExplain(setUp({ build: 'everything' }));
process.setSourceMapsEnabled(true);
await import('../bench/dist/run-attack.js');
