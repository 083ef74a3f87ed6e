export { findFreePort } from './free-port.js';
export { type Gateway, startGateway } from './gateway/start-gateway.js';
export { installDebianPackage } from './install-debian-package.js';
export { ensureRabbitmqInstalled } from './install-rabbitmq.js';
export { keepRunning } from './keep-running.js';
export { type PostgresServer, startPostgres } from './postgres.js';
export {
  createVhostExpression,
  deleteVhostExpression,
  type RabbitmqServer,
  startRabbitmq,
} from './rabbitmq.js';
export { type ServiceProcess, startServiceProcess } from './service-process.js';
export { waitUntil } from './wait-until.js';
