import { type Section } from '../report/section.js';
import { type ServiceName, type System, type SystemOptions } from '../system/start-system.js';

export type ScenarioContext = {
  /** Measured runs; their medians are reported. */
  runs: number;
  /** Length of a measured run; scenarios of fixed size read it as a share of their normal one. */
  seconds: number;
  /** Alerts of the backlog in `drain`. */
  backlog: number;
  /** Alerts stored before `list` is measured, and at most before `growth` is. */
  storedAlerts: number;
  /** Starts a system to measure, with what the whole run wants of it. */
  startSystem: (options?: SystemOptions) => Promise<System>;
  say: (line: string) => void;
};

export type Scenario = {
  name: string;
  summary: string;
  /** Whose CPU profiles are worth reading. */
  profiled: readonly ServiceName[];
  run(context: ScenarioContext): Promise<Section>;
};
