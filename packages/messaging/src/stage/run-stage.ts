import { type Consumer } from '../transport.js';
import { createStageObserver, type StageTelemetry } from './observe-stage.js';
import { type StageAlerts, type StageOptions, startStage } from './start-stage.js';

export type RunStageOptions = Omit<StageOptions, 'alerts' | 'observer'> & {
  store: StageAlerts;
  telemetry: StageTelemetry;
};

/** Runs a stage with a log line and metrics for each message. */
export async function runStage(options: RunStageOptions): Promise<Consumer> {
  const { store, telemetry, ...stage } = options;
  const observer = createStageObserver(stage.subscription, telemetry);
  return await startStage({ ...stage, alerts: store, observer });
}
