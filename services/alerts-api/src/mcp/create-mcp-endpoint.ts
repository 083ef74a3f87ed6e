import { type ServerResponse } from 'node:http';
import { AppError, type CountTokens, type Principal } from '@calseta/common';
import {
  type Authenticator,
  defineRawRoute,
  discardBody,
  type RequestContext,
  type Route,
  SECURITY_HEADERS,
  type Telemetry,
} from '@calseta/platform';
import { hostHeaderValidation, originValidation, toNodeHandler } from '@modelcontextprotocol/node';
import { type AuthInfo, createMcpHandler } from '@modelcontextprotocol/server';
import { type Operations } from '../operations/create-operations.js';
import { createServer } from './create-server.js';
import { resourceKinds } from './resources/resource-kinds.js';
import { createTools } from './tools/create-tools.js';
import { toolCallObserver } from './observe-tool-call.js';
import { budgetsOf } from './answers/mcp-context.js';
import { withMessage } from './with-message.js';

/** Subscriptions of this process; they are accepted as the protocol asks, and told nothing. */
const MAX_SUBSCRIPTIONS = 100;
const SUBSCRIBE = 'subscriptions/listen';

export type McpOptions = {
  operations: Operations;
  authenticator: Pick<Authenticator, 'authenticate'>;
  telemetry: Pick<Telemetry, 'log' | 'metrics'>;
  loadTokenCounter: () => Promise<CountTokens>;
  /** Host names under which clients may come. */
  allowedHosts: string[];
  version: string;
};

export type McpEndpoint = {
  route: Route;
  /** Ends the subscriptions, which would never end by themselves. */
  endStreams: () => void;
};

/**
 * The Model Context Protocol over HTTP without sessions, in its revisions of 2026 and 2024–2025. Any valid key may
 * connect; each tool asks for its scope.
 */
export function createMcpEndpoint(options: McpOptions): McpEndpoint {
  const { operations, authenticator, telemetry, allowedHosts, version } = options;
  const tools = createTools(operations);
  const served = {
    tools,
    observe: toolCallObserver(telemetry, tools),
    resourceKinds: resourceKinds(operations),
    version,
    log: telemetry.log,
  };
  const isHostAllowed = hostHeaderValidation(allowedHosts);
  const isOriginAllowed = originValidation(allowedHosts);
  /** Whose request it is: what a client says of itself has no effect. */
  const callers = new WeakMap<AuthInfo, { principal: Principal; request: RequestContext }>();
  const onerror = (error: Error): void => telemetry.log.debug('mcp.request_refused', { error });

  const handler = createMcpHandler(
    ({ authInfo }) => {
      const known = authInfo && callers.get(authInfo);
      if (!known) throw new Error('An MCP request has no caller.');
      const { principal, request } = known;
      const context = {
        caller: {
          principal,
          traceparent: request.traceparent,
          requestId: request.requestId,
          address: request.clientAddress,
          via: 'mcp' as const,
        },
        loadBudgets: async () => budgetsOf(await options.loadTokenCounter()),
      };
      return createServer(served, context, request.traceId);
    },
    { onerror, maxSubscriptions: MAX_SUBSCRIPTIONS },
  );
  const serve = toNodeHandler(handler, { onerror });

  const subscribed = new Set<ServerResponse>();
  let isEnding = false;
  const route = defineRawRoute({
    method: 'POST',
    path: '/mcp',
    operationId: 'mcp',
    // Any key will do, so the handler authenticates.
    scope: null,
    summary: 'The Model Context Protocol',
    tags: ['MCP'],
    async raw({ req, res, request, holdInAll }) {
      for (const [name, value] of Object.entries(SECURITY_HEADERS)) res.setHeader(name, value);
      if (!isHostAllowed(req, res) || !isOriginAllowed(req, res)) {
        discardBody(req);
        return;
      }
      const principal = await authenticator.authenticate(
        req.headers.authorization,
        request.clientAddress,
      );
      const auth: AuthInfo = {
        token: principal.keyId,
        clientId: principal.keyId,
        scopes: [...principal.scopes],
      };
      callers.set(auth, { principal, request });
      const isLasting = req.headers['mcp-method'] === SUBSCRIBE;
      if (isLasting) {
        if (isEnding) throw new AppError('service.unavailable', 'The process is stopping.');
        subscribed.add(res);
        res.once('close', () => subscribed.delete(res));
      }
      await withMessage(req, res, { isLasting, holdInAll }, async (message) => {
        // Their types were written without exactOptionalPropertyTypes.
        await serve(Object.assign(message, { auth }) as Parameters<typeof serve>[0], res);
      });
      discardBody(req);
    },
  });
  return {
    route,
    endStreams() {
      isEnding = true;
      for (const res of subscribed) res.destroy();
    },
  };
}
