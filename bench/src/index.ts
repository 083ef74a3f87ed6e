export { DOORS } from './attack/registry.js';
export { runDoor } from './attack/run-door.js';
export { MODES, startTarget, type Target } from './attack/target/start-target.js';
export { type ChaosSystem, startChaosSystem } from './chaos/chaos-system.js';
export { type Fault } from './chaos/fault.js';
export { FAULTS } from './chaos/registry.js';
export { runFault } from './chaos/run-fault.js';
export { type Goal } from './report/section.js';
