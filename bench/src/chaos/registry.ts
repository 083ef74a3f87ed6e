import { crashPoints } from './crash-points.js';
import { diskAlarm } from './disk-alarm.js';
import { type Fault } from './fault.js';
import { flood } from './flood.js';
import { freezeBroker } from './freeze-broker.js';
import { hangAgent } from './hang-agent.js';
import { killBroker } from './kill-broker.js';
import { killPostgres } from './kill-postgres.js';
import { killWorkers } from './kill-workers.js';
import { killWorkflows } from './kill-workflows.js';
import { partition } from './partition.js';
import { poison } from './poison.js';
import { rollingRestart } from './rolling-restart.js';
import { wipeBroker } from './wipe-broker.js';

/** Order of the faults when none is named. */
export const FAULTS: readonly Fault[] = [
  killWorkers,
  killWorkflows,
  killBroker,
  wipeBroker,
  killPostgres,
  freezeBroker,
  partition,
  hangAgent,
  crashPoints,
  poison,
  rollingRestart,
  flood,
  diskAlarm,
];
