import { type WorkflowDefinition, type WorkflowStep } from '@calseta/http-steps';
import { type BuiltinWorkflow } from './builtin-workflow.js';

/** Falcon's API, at the base URL of the customer's cloud: https://api.crowdstrike.com, https://api.eu-1.crowdstrike.com, … */
const AUTH: WorkflowDefinition['auth'] = {
  kind: 'client_credentials',
  token_url: '/oauth2/token',
  client_id: '{{ secrets.crowdstrike_client_id }}',
  client_secret: '{{ secrets.crowdstrike_client_secret }}',
};

/** A host name may be that of several devices, and a wrong one would be cut off from its network. */
const find: WorkflowStep = {
  name: 'find',
  method: 'GET',
  url: "/devices/queries/devices/v1?filter=hostname:'{{ parameters.hostname }}'",
  found: { all: [{ field: 'status', op: 'eq', value: 200 }] },
  exactly_one: 'body.resources',
};

const act = (name: string, action: string): WorkflowStep => ({
  name,
  method: 'POST',
  url: `/devices/entities/devices-actions/v2?action_name=${action}`,
  json: { ids: ['{{ steps.find.body.resources.0 }}'] },
  error: {
    all: [
      { field: 'status', op: 'lt', value: 300 },
      { field: 'body.errors.message', op: 'exists', value: true },
    ],
  },
  done: {
    all: [
      { field: 'status', op: 'in', value: [200, 202, 400, 409] },
      { field: 'body.errors.message', op: 'regex', value: 'already' },
    ],
  },
  // The last write wins.
  may_repeat: true,
});

const readBack = (...statuses: string[]): WorkflowStep => ({
  name: 'read_back',
  method: 'GET',
  url: '/devices/entities/devices/v2?ids={{ steps.find.body.resources.0 }}',
  expect: { all: [{ field: 'body.resources.status', op: 'in', value: statuses }] },
  expect_within_seconds: 30,
});

const crowdstrike = (
  action: string,
  about: Pick<BuiltinWorkflow, 'name' | 'documentation' | 'risk_level'>,
  steps: WorkflowStep[],
): BuiltinWorkflow => ({
  builtin_name: `crowdstrike_${action}`,
  ...about,
  indicator_types: [],
  definition: { auth: AUTH, steps: [find, ...steps] },
});

const ONE_HOST =
  'Takes the parameter `hostname`. Stops before anything is done when it is not exactly one device.';

export const crowdstrikeContain = crowdstrike(
  'contain',
  {
    name: 'CrowdStrike: contain host',
    documentation: `Cuts a host off from the network, but for Falcon. Undone by \`CrowdStrike: lift containment\`. ${ONE_HOST}`,
    risk_level: 'critical',
  },
  [act('contain', 'contain'), readBack('contained', 'containment_pending')],
);

export const crowdstrikeLift = crowdstrike(
  'lift_containment',
  {
    name: 'CrowdStrike: lift containment',
    documentation: `Connects a contained host to the network again. ${ONE_HOST}`,
    risk_level: 'high',
  },
  [act('lift', 'lift_containment'), readBack('normal', 'lift_containment_pending')],
);
