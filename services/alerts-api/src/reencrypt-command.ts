import { databaseConfig, databaseOptions, openDatabase, reencryptSecrets } from '@calseta/database';
import { cipherOf, createTelemetry, encryptionConfig, loadConfig } from '@calseta/platform';

// Encrypts every stored secret with the first key of CALSETA_ENCRYPTION_KEY; services may run meanwhile.
const name = 'reencrypt';
const { log, metrics } = createTelemetry({ service: name, logLevel: 'info' });
try {
  const config = loadConfig({ ...databaseConfig, ...encryptionConfig });
  const cipher = cipherOf(config);
  await using database = await openDatabase(
    databaseOptions(config, `calseta-${name}`, { log, metrics }),
  );
  const columns = await reencryptSecrets(database, cipher);
  const unreadable = columns.reduce((sum, column) => sum + column.unreadable, 0);
  for (const column of columns) log.info('secrets.reencrypted', column);
  log[unreadable > 0 ? 'error' : 'info']('secrets.done', { unreadable });
  if (unreadable > 0) process.exitCode = 1;
} catch (error) {
  log.error('secrets.failed', { error });
  process.exitCode = 1;
}
