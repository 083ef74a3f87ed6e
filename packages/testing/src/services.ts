export { openTestDatabase } from './services/open-test-database.js';
export { quietTelemetry } from './services/quiet-telemetry.js';
export { startHttp } from './services/start-http.js';
export { type RunningStage, startStageService } from './services/start-stage-service.js';
