import { type Section } from '../report/section.js';
import { type ServiceName, type System, type SystemOptions } from '../system/start-system.js';

export type ScenarioContext = {
  /** Number of measured runs; their medians are reported. */
  runs: number;
  /** Length of a measured run; scenarios of fixed size use it as a share of their normal length. */
  seconds: number;
  /** Number of alerts of the backlog in `drain`, and of all in `size`. */
  backlog: number;
  /** Number of alerts stored before `list` is measured, and the maximum before `growth` is. */
  storedAlerts: number;
  /** Starts a system to measure, with the options of the whole run. */
  startSystem: (options?: SystemOptions) => Promise<System>;
  say: (line: string) => void;
};

export type Scenario = {
  name: string;
  summary: string;
  /** Services whose CPU profiles are worth reading. */
  profiled: readonly ServiceName[];
  run(context: ScenarioContext): Promise<Section>;
};
