import { z } from 'zod';
import { severitySchema, type Severity } from '../alert/severity.js';
import { FAILURE_CODES } from '../core/errors.js';
import { uuidSchema } from '../core/ids.js';

const timestamp = z.string().describe('UTC, ISO 8601 with Z');

/** The push of an alert; what agents get unless they say otherwise. */
export const ALERT_ENRICHED = 'alert.enriched';

type EventDeclaration<D extends z.ZodObject = z.ZodObject> = {
  summary: string;
  /** What `data` holds besides `url`, `occurred_at` and `skipped_count`. */
  data: D;
  /** Fields of `data` that an outsider could have written. */
  untrusted: readonly (keyof z.infer<D> & string)[];
  /** The path that `url` leads to. */
  path: (data: z.infer<D>) => string;
  /** Its place in the queue of an agent, among its alerts. */
  severity: Severity;
  /** The field that names the agent which the event is about: that agent does not get it. */
  about?: keyof z.infer<D> & string;
};

const declared = <D extends z.ZodObject>(given: EventDeclaration<D>): EventDeclaration<D> => given;

const pathOfSource = ({ source_name: name }: { source_name: string }): string =>
  `/v1/sources/${encodeURIComponent(name)}`;

/** What operators may want to know besides alerts. None holds payloads, secrets or links that decide something. */
export const OPERATOR_EVENTS = {
  'alert.quarantined': declared({
    summary: 'An alert could not be read; it is kept and can be read again',
    data: z.object({
      alert_uuid: uuidSchema,
      source_name: z.string(),
      code: z.string().describe(`One of ${Object.keys(FAILURE_CODES).join(', ')}`),
    }),
    untrusted: [],
    path: ({ alert_uuid: uuid }) => `/v1/alerts/${uuid}`,
    severity: 'High',
  }),
  'approval.requested': declared({
    summary: 'A workflow waits for the decision of a person',
    data: z.object({
      approval_uuid: uuidSchema,
      run_uuid: uuidSchema,
      workflow_uuid: uuidSchema,
      workflow_name: z.string(),
      alert_uuid: uuidSchema.optional(),
      risk_level: z.string(),
      requested_by: z.string().describe('The principal that asked for the run'),
      reason: z.string().optional().describe('Why, as the one who asked wrote it'),
      expires_at: timestamp,
    }),
    untrusted: ['reason'],
    path: ({ approval_uuid: uuid }) => `/v1/workflow-approvals/${uuid}`,
    severity: 'Critical',
  }),
  'agent.disabled': declared({
    summary: 'Calseta stopped pushing to an agent, because it answered 410 or failed for too long',
    data: z.object({ agent_uuid: uuidSchema, agent_name: z.string(), reason: z.string() }),
    untrusted: ['reason'],
    path: ({ agent_uuid: uuid }) => `/v1/agents/${uuid}`,
    severity: 'High',
    about: 'agent_uuid',
  }),
  'provider.auth_failed': declared({
    summary: 'An enrichment provider refuses its credentials; told once until it accepts them',
    data: z.object({ provider_name: z.string(), reason: z.string() }),
    untrusted: ['reason'],
    path: ({ provider_name: name }) => `/v1/enrichment-providers/${encodeURIComponent(name)}`,
    severity: 'Medium',
  }),
  'delivery.dead': declared({
    summary: 'A delivery was given up; it can be retried',
    data: z.object({
      delivery_uuid: uuidSchema,
      agent_uuid: uuidSchema,
      agent_name: z.string(),
      alert_uuid: uuidSchema.optional().describe('Absent for the delivery of an event'),
      event: z.string(),
      severity: severitySchema,
      attempt_count: z.int(),
      last_error: z.string().optional(),
    }),
    untrusted: ['last_error'],
    path: ({ delivery_uuid: uuid }) => `/v1/deliveries/${uuid}`,
    severity: 'High',
    about: 'agent_uuid',
  }),
  'source.silent': declared({
    summary: 'Nothing has arrived from a source for longer than expected; told once until it ends',
    data: z.object({
      source_name: z.string(),
      expected_every_seconds: z.int(),
      last_seen_at: timestamp.optional().describe('Absent: nothing ever arrived'),
    }),
    untrusted: [],
    path: pathOfSource,
    severity: 'High',
  }),
  'source.resumed': declared({
    summary: 'A source that was silent no longer is',
    data: z.object({
      source_name: z.string(),
      because: z
        .enum(['seen', 'settings'])
        .describe('Something arrived, or a person changed what is expected of it'),
      silent_since: timestamp,
      last_seen_at: timestamp.optional(),
    }),
    untrusted: [],
    path: pathOfSource,
    severity: 'Medium',
  }),
} as const;
export type OperatorEventName = keyof typeof OPERATOR_EVENTS;

export const OPERATOR_EVENT_NAMES = Object.keys(OPERATOR_EVENTS) as OperatorEventName[];

export const isOperatorEvent = (name: string): name is OperatorEventName =>
  Object.hasOwn(OPERATOR_EVENTS, name);

/** Everything that an agent may be pushed. */
export const AGENT_EVENTS = [ALERT_ENRICHED, ...OPERATOR_EVENT_NAMES] as const;
export type AgentEvent = (typeof AGENT_EVENTS)[number];

export const isAgentEvent = (name: string): name is AgentEvent =>
  name === ALERT_ENRICHED || isOperatorEvent(name);

export type EventData<E extends OperatorEventName> = z.infer<(typeof OPERATOR_EVENTS)[E]['data']>;

/** An event that is about to be written: its name, and what it says. */
export type OperatorEvent = {
  [E in OperatorEventName]: { event: E; data: EventData<E> };
}[OperatorEventName];

/** The agent that an event is about. */
export function agentOfEvent({ event, data }: OperatorEvent): string | undefined {
  const { about } = OPERATOR_EVENTS[event] as EventDeclaration;
  return about === undefined ? undefined : (data as Record<string, string>)[about];
}

export const severityOfEvent = ({ event }: OperatorEvent): Severity =>
  OPERATOR_EVENTS[event].severity;

/** The declaration of an event by a name that is known to be one. */
export const eventNamed = (event: OperatorEventName): EventDeclaration => OPERATOR_EVENTS[event];

/** At most so many events of one kind go to an agent within the window; the others are counted. */
export const EVENT_LIMIT = { count: 100, windowSeconds: 600 } as const;

/** The body of an event, as it is pushed. */
const eventSchemaOf = (event: OperatorEventName) =>
  z.object({
    event: z.literal(event),
    data: eventNamed(event).data.extend({
      url: z.string().describe('Where to read more, with a key that may'),
      occurred_at: timestamp,
      skipped_count: z
        .int()
        .optional()
        .describe(
          `Events of this kind that were not sent before this one: an agent gets ${EVENT_LIMIT.count} ` +
            `in ${EVENT_LIMIT.windowSeconds} s at most`,
        ),
    }),
    untrusted_paths: z
      .array(z.string())
      .describe('JSON Pointers to what an outsider could have written'),
  });

/** Schemas of the bodies by event. */
export const EVENT_SCHEMAS = Object.fromEntries(
  OPERATOR_EVENT_NAMES.map((event) => [event, eventSchemaOf(event)]),
) as Record<OperatorEventName, ReturnType<typeof eventSchemaOf>>;
