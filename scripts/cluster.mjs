// `npm run cluster`: the five services as separate processes, with a gateway in front of them.
import { orExplain, setUp } from './setup.mjs';

await orExplain(setUp({ build: 'product' }));
process.setSourceMapsEnabled(true);
await import('../packages/local/dist/cluster.js');
