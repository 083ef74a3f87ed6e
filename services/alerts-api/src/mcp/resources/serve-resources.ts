import { AppError, decodeCursor, encodeCursor, hasScope, neutralize } from '@calseta/common';
import { ERROR_STATUS, type Logger, toAppError } from '@calseta/platform';
import {
  type McpServer,
  ProtocolError,
  ProtocolErrorCode,
  type Resource,
  ResourceNotFoundError,
  ResourceTemplate,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import { explainFailure } from '../answers/explain-failure.js';
import { toNeutralText } from '../answers/tool-result.js';
import { type McpContext } from '../answers/mcp-context.js';
import { type ResourceKind } from './resource-kind.js';

const MIME_TYPE = 'application/json';
const TITLE_CHARACTERS = 120;

export type ServeResourcesOptions = { context: McpContext; log: Logger; traceId: string };

/** Registers the kinds of resources: templates, reading, and a list in pages. */
export function serveResources(
  server: McpServer,
  kinds: readonly ResourceKind[],
  options: ServeResourcesOptions,
): void {
  for (const kind of kinds) {
    server.registerResource(
      kind.name,
      new ResourceTemplate(`calseta://${kind.name}/${kind.template}`, { list: undefined }),
      { title: kind.title, description: kind.description, mimeType: MIME_TYPE },
      async (uri, variables) => ({
        contents: [{ uri: uri.href, mimeType: MIME_TYPE, text: await read(kind, uri, variables) }],
      }),
    );
  }
  // The list of a template is neither paged nor may it have a cursor.
  server.server.setRequestHandler(
    'resources/list',
    async ({ params }) =>
      await orExplain(
        undefined,
        options,
        async () => await listPage(kinds, params?.cursor, options),
      ),
  );

  const read = async (
    kind: ResourceKind,
    uri: URL,
    variables: Record<string, string | string[]>,
  ): Promise<string> =>
    await orExplain({ kind, uri }, options, async () => {
      const decoded: Record<string, string> = {};
      for (const [name, value] of Object.entries(variables))
        decoded[name] = decodeURIComponent(String(value));
      return toNeutralText(await kind.read(decoded, options.context));
    });
}

const positionSchema = z.int().nonnegative();

/** One kind is one page, so that a client which reads all pages reads a bounded list. */
async function listPage(
  kinds: readonly ResourceKind[],
  cursor: string | undefined,
  { context }: ServeResourcesOptions,
): Promise<{ resources: Resource[]; nextCursor?: string }> {
  const { scopes } = context.caller.principal;
  const readable = kinds.filter(({ access }) => hasScope(scopes, access.scope));
  const position = cursor === undefined ? 0 : decodeCursor(positionSchema, cursor);
  const kind = readable[position];
  if (!kind) return { resources: [] };
  const listed = await kind.list(context);
  return {
    resources: listed.map(({ id, title }) => ({
      uri: `calseta://${kind.name}/${id}`,
      name: `${kind.name}/${id}`,
      title: neutralize(title.slice(0, TITLE_CHARACTERS)).text,
      mimeType: MIME_TYPE,
    })),
    ...(position + 1 < readable.length && { nextCursor: encodeCursor(position + 1) }),
  };
}

/** Puts a failure into the words of the protocol; what is thrown does not reach the client. */
async function orExplain<T>(
  asked: { kind: ResourceKind; uri: URL } | undefined,
  { context, log, traceId }: ServeResourcesOptions,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const error = toAppError(thrown instanceof URIError ? notFound(thrown) : thrown);
    const isInside = ERROR_STATUS[error.code] >= 500;
    if (isInside) log.error('mcp.resource_failed', { error: error.cause ?? error });
    if (asked && error.code === 'resource.not_found')
      throw new ResourceNotFoundError(asked.uri.href);
    const scope = asked?.kind.access.scope ?? 'alerts:read';
    const { principal } = context.caller;
    throw new ProtocolError(
      isInside ? ProtocolErrorCode.InternalError : ProtocolErrorCode.InvalidParams,
      explainFailure(error, { principal, scope, traceId }),
    );
  }
}

const notFound = (cause: Error): AppError =>
  new AppError('resource.not_found', 'The URI is not percent-encoded.', { cause });
