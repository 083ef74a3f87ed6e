// `npm start`: everything in one process.
import { orExplain, setUp } from './setup.mjs';

await orExplain(setUp({ build: 'product' }));
process.setSourceMapsEnabled(true);
// In this process, so that signals and the exit code are the service's own.
await import('../services/standalone/dist/main.js');
