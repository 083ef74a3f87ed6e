import { type Section } from '../report/section.js';

export type ScenarioContext = {
  /** Measured runs; their medians are reported. */
  runs: number;
  /** Length of a measured run; scenarios of fixed size read it as a share of their normal one. */
  seconds: number;
  /** Alerts of the backlog in `drain`. */
  backlog: number;
  /** Alerts stored before `list` is measured. */
  storedAlerts: number;
  /** Also record CPU profiles. */
  profiles: boolean;
  say: (line: string) => void;
};

export type Scenario = {
  name: string;
  summary: string;
  run(context: ScenarioContext): Promise<Section>;
};
