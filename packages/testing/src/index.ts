export { aNormalizedAlert } from './builders/a-normalized-alert.js';
export { anAlertMessage } from './builders/an-alert-message.js';
export { aStoredAlert, type StoredAlert, type StoredIndicator } from './builders/a-stored-alert.js';
export { aTestDelivery } from './builders/a-test-delivery.js';
export { unpackDebianPackages } from './debian-packages.js';
export { type DnsQuestion, type DnsReply, type DnsServer, startDnsServer } from './dns-server.js';
export { eventually } from './eventually.js';
export { watchForLeaks } from './leak-check.js';
export { miscountedIndicators } from './miscounted-indicators.js';
export { startPrivatePostgres, startPrivateRabbitmq } from './private-servers.js';
export { POSTGRES_IMAGE, RABBITMQ_IMAGE } from './servers/container-images.js';
export { type TestDatabase, testDatabase } from './test-database.js';
export { type TestRabbitmq, testRabbitmq } from './test-rabbitmq.js';
export {
  type ReceivedRequest,
  type SinkAnswer,
  startWebhookSink,
  type WebhookSink,
} from './webhook-sink.js';
export { TEST_TLS } from './test-tls.js';
export {
  startTroubledProvider,
  type Trouble,
  TROUBLES,
  type TroubledProvider,
} from './troubled-provider.js';
