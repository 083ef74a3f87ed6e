import { type Consumer } from '../transport.js';
import { type Instruments } from './instruments.js';
import { createStageObserver, type StageLog } from './observe-stage.js';
import { type StageAlerts, type StageOptions, startStage } from './start-stage.js';

export type RunStageOptions = Omit<StageOptions, 'alerts' | 'observer'> & {
  store: StageAlerts;
  telemetry: { log: StageLog; metrics: Instruments };
};

/** Runs a stage as a service does: each message has its log line and metrics. */
export async function runStage(options: RunStageOptions): Promise<Consumer> {
  const { store, telemetry, ...stage } = options;
  const observer = createStageObserver(stage.subscription, telemetry);
  return await startStage({ ...stage, alerts: store, observer });
}
