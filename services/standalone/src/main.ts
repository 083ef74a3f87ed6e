import { resolve } from 'node:path';
import { type CreateApiKey, SYSTEM_PRINCIPAL } from '@calseta/common';
import { createApiKeyStore } from '@calseta/database';
import { createEgressGuard, runService } from '@calseta/platform';
import { standaloneConfig } from './config.js';
import { withKeptEncryptionKey } from './data-dir.js';
import { ECHO_AGENT_ORIGIN } from './demo/echo-agent.js';
import { startDemo } from './demo/start-demo.js';
import { openMigratedDatabase, openTransport } from './open-servers.js';
import { createStandalone } from './service.js';
import { nextSteps, NO_DEMO, welcome } from './welcome.js';

const print = (text: string) => process.stdout.write(`${text}\n`);

await runService('standalone', standaloneConfig, async (context) => {
  const { telemetry } = context;
  const dataDir = resolve(context.config.CALSETA_DATA_DIR);
  const config = await withKeptEncryptionKey(context.config, dataDir);
  const opening = { ...context, config, dataDir };
  const database = await openMigratedDatabase(opening);
  const transport = await openTransport(opening);

  const guard = createEgressGuard({ allow: config.CALSETA_EGRESS_ALLOW });
  const mayReachDemo = (await guard.checkUrl(ECHO_AGENT_ORIGIN)).kind === 'allowed';

  let adminKey: string | undefined;
  const announceAdminKey = (key: string) => {
    adminKey = key;
  };
  const instance = await createStandalone({ ...opening, database, transport, announceAdminKey });

  let demo: Promise<AsyncDisposable | undefined> = Promise.resolve(undefined);
  let isStopping = false;
  const reportDemo = (error: unknown): undefined => {
    // A stop during the demo is no failure.
    if (!isStopping) telemetry.log.error('demo.failed', { error });
  };
  return {
    ...instance,
    onListening: (port) => {
      const baseUrl = `http://localhost:${port}`;
      const { HTTP_HOST: host, CALSETA_EGRESS_ALLOW: egressAllow } = config;
      print(welcome({ baseUrl, host, dataDir, adminKey, egressAllow }));
      const showNextSteps = () => print(nextSteps({ baseUrl, adminKey }));
      if (config.CALSETA_DEMO && !mayReachDemo) print(NO_DEMO);
      if (config.CALSETA_DEMO && mayReachDemo) {
        const apiKeys = createApiKeyStore(database);
        const makeApiKey = async (input: CreateApiKey) =>
          await apiKeys.create(input, { createdBy: SYSTEM_PRINCIPAL });
        const options = { baseUrl, dataDir, makeApiKey, print, onFirstPush: showNextSteps };
        demo = startDemo(options).catch(reportDemo);
      } else {
        showNextSteps();
      }
    },
    endStreams: () => {
      isStopping = true;
      instance.endStreams?.();
    },
    drain: async () => {
      await (await demo)?.[Symbol.asyncDispose]();
      await instance.drain();
    },
  };
});
