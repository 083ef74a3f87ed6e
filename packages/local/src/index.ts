export { findFreePort } from './processes/free-port.js';
export { type Gateway, startGateway } from './gateway/start-gateway.js';
export { installDebianPackage } from './servers/install-debian-package.js';
export { ensureRabbitmqInstalled } from './servers/install-rabbitmq.js';
export { STANDALONE_NODE_ARGS } from './processes/heap-limits.js';
export { keepRunning } from './processes/keep-running.js';
export { type PostgresServer, startPostgres } from './servers/postgres.js';
export {
  createVhostExpression,
  deleteVhostExpression,
  type RabbitmqServer,
  startRabbitmq,
} from './servers/rabbitmq.js';
export {
  type ServiceProcess,
  startEndingProcess,
  startServiceProcess,
} from './processes/service-process.js';
export { waitUntil } from './processes/wait-until.js';
