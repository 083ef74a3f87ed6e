export { type ChaosSystem, startChaosSystem } from './chaos/chaos-system.js';
export { type Fault } from './chaos/fault.js';
export { FAULTS } from './chaos/registry.js';
export { runFault } from './chaos/run-fault.js';
