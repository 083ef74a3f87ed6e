// `npm run chaos [-- scenario…]`: breaks parts of the running pipeline and accounts for every alert.
import { orExplain, setUp } from './setup.mjs';

await orExplain(setUp({ build: 'everything' }));
process.setSourceMapsEnabled(true);
await import('../bench/dist/run-chaos.js');
