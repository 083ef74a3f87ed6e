export { type RabbitmqOptions, connectRabbitmq } from './rabbitmq/connect-rabbitmq.js';
export { declareTopology } from './rabbitmq/declare-topology.js';
export { type DeliveryHeaders } from './protocol/delivery-headers.js';
export {
  type InProcessOptions,
  type InProcessTransport,
  createInProcessTransport,
} from './in-process/in-process-transport.js';
export { type DeadLetter } from './in-process/memory-queue.js';
export { rabbitmqConfig, rabbitmqOptions } from './rabbitmq/rabbitmq-config.js';
export { advanceAlert } from './stage/advance-alert.js';
export { stageConfig } from './stage/stage-config.js';
export { runStage } from './stage/run-stage.js';
export { type Topology, renderTopology } from './rabbitmq/topology.js';
export * from './transport.js';
export { type TransportLog } from './transport-log.js';
