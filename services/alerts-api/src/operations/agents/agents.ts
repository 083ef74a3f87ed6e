import { createSecureContext } from 'node:tls';
import {
  type AgentResource,
  type AgentTls,
  AppError,
  assertCertificates,
  type CreateAgent,
  refuseTestPush,
  REQUESTS,
  type RotateSecret,
  type UpdateAgent,
} from '@calseta/common';
import { type AgentHealthStore, type AgentStore } from '@calseta/database';
import { type PipelineTransport } from '@calseta/messaging';
import { type AgentWarningDeps, warnOfAgent } from './agent-warnings.js';
import { type RecordingDeps } from '../access/audit.js';
import { found } from '../found.js';
import { operation } from '../operation.js';
import { type ByUuid, readOperations, removeOperation } from '../resources.js';
import { type CheckUrl, warnOfUrl } from '../warn-of-url.js';

export type AgentDeps = RecordingDeps & {
  agents: AgentStore;
  sources: AgentWarningDeps['sources'];
  agentHealth: AgentHealthStore;
  transport: Pick<PipelineTransport, 'request'>;
  checkUrl: CheckUrl;
  generateSigningSecret: () => string;
};

export type AgentOperations = ReturnType<typeof agentOperations>;

/** Agents: which alerts they are pushed, and where to. */
export const agentOperations = (deps: AgentDeps) => {
  const scopes = { read: 'agents:read', write: 'agents:write' } as const;
  const kind = { noun: 'agent', scopes, store: deps.agents };
  return {
    ...readOperations(kind),
    /** With how pushes to it fare. */
    get: operation({ scope: scopes.read }, async ({ uuid }: ByUuid) => ({
      ...found('agent', await deps.agents.get(uuid)),
      health: found('agent', await deps.agentHealth.read(uuid)),
    })),
    remove: removeOperation(kind),
    ...writingOf(deps),
    /** Pushes a sample alert to an agent and returns its answer. */
    test: operation({ scope: scopes.write }, async ({ uuid }: ByUuid, { traceparent }) => {
      const { webhook_url: url } = found('agent', await deps.agents.get(uuid));
      if (url === undefined) throw refuseTestPush(uuid);
      await deps.audit.record({
        ...{ verb: 'test_push_requested', resourceType: 'agent', resourceId: uuid },
      });
      return await deps.transport.request(REQUESTS.testPush, { agent_id: uuid }, { traceparent });
    }),
  };
};

/** The outcome of a change contains the signing secret if the change made one; it is shown only then. */
const writingOf = ({ agents, sources, checkUrl, generateSigningSecret }: AgentDeps) => ({
  register: operation({ scope: 'agents:write' }, async (input: CreateAgent) => {
    assertUsable(input.tls);
    const warnings = [
      ...(await warnOfUrl(checkUrl, input.webhook_url, '/webhook_url')),
      ...(await warnOfAgent({ agents, sources }, input)),
    ];
    const secret = generateSigningSecret();
    const agent = await agents.create({ ...input, signing_secret: secret });
    return { agent: { ...agent, signing_secret: secret }, warnings };
  }),
  update: operation(
    { scope: 'agents:write' },
    async ({
      uuid,
      changes,
      assertUnchanged,
    }: ByUuid & { changes: UpdateAgent; assertUnchanged?: (current: AgentResource) => void }) => {
      assertUsable(changes.tls);
      const warnings = [
        ...(await warnOfUrl(checkUrl, changes.webhook_url, '/webhook_url')),
        ...(await warnOfAgent({ agents, sources }, changes, uuid)),
      ];
      const secret = generateSigningSecret();
      const { agent, isSecretReplaced } = found(
        'agent',
        await agents.update(uuid, changes, secret, assertUnchanged),
      );
      return { agent: { ...agent, ...(isSecretReplaced && { signing_secret: secret }) }, warnings };
    },
  ),
  /** The outcome contains the new signing secret, which is shown only here. */
  rotateSecret: operation(
    { scope: 'agents:write' },
    async ({ uuid, rotation }: ByUuid & { rotation: RotateSecret }) => {
      const secret = generateSigningSecret();
      const agent = await agents.rotateSecret(uuid, {
        freshSigningSecret: secret,
        overlapSeconds: rotation.overlap_seconds,
      });
      return { ...found('agent', agent), signing_secret: secret };
    },
  ),
});

/** Refuses certificates that cannot be read, and a key that is not that of its certificate. */
function assertUsable(tls: AgentTls | null | undefined): void {
  const { ca, client_certificate: cert, client_key: key } = tls ?? {};
  const checks = [
    { pointer: '/tls/ca', check: () => ca !== undefined && assertCertificates(ca) },
    { pointer: '/tls/client_certificate', check: () => createSecureContext({ cert }) },
    { pointer: '/tls/client_key', check: () => createSecureContext({ cert, key }) },
  ];
  for (const { pointer, check } of checks) {
    try {
      check();
    } catch (error) {
      // Only the code: the message might quote the key.
      const { code = 'unreadable' } = error as NodeJS.ErrnoException;
      throw new AppError('request.invalid', 'TLS cannot use what was given.', {
        issues: [{ pointer, message: `cannot be used: ${code}` }],
      });
    }
  }
}
