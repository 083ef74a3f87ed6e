export { type RabbitmqOptions, connectRabbitmq } from './connect-rabbitmq.js';
export { declareTopology } from './declare-topology.js';
export { type DeliveryHeaders } from './delivery-headers.js';
export {
  type InProcessOptions,
  type InProcessTransport,
  createInProcessTransport,
} from './in-process-transport.js';
export { type DeadLetter } from './memory-queue.js';
export { rabbitmqConfig, rabbitmqOptions } from './rabbitmq-config.js';
export { stageConfig } from './stage-config.js';
export { repeat } from './repeat.js';
export { type StageObserver, startStage } from './start-stage.js';
export { type Topology, renderTopology } from './topology.js';
export * from './transport.js';
export { type TransportLog } from './transport-log.js';
