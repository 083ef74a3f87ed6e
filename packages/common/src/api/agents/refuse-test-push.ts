import { AppError } from '../../core/errors.js';

/** The answer to a test of an agent that has no URL to push to; says how to try it instead. */
export const refuseTestPush = (agentId: string): AppError =>
  new AppError(
    'resource.conflict',
    'The agent has no webhook_url to push a test to: it pulls. Try it with an alert: ' +
      `POST /v1/alerts/{uuid}/dispatch {"agent_uuid": "${agentId}"}, then lease it.`,
  );
