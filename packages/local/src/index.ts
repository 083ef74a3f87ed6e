export { findFreePort } from './free-port.js';
export { ensureRabbitmqInstalled } from './install-rabbitmq.js';
export { type PostgresServer, startPostgres } from './postgres.js';
