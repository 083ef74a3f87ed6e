import { type Access, AppError, requireAccess, requireFieldScopes } from '@calseta/common';
import {
  findUnstorableText,
  MAX_JSON_DEPTH,
  nestsDeeper,
  parseWords,
  toIssues,
} from '@calseta/platform';
import { z } from 'zod';
import { type McpContext } from '../answers/mcp-context.js';

export type ToolDefinition<I extends z.ZodObject, O extends z.ZodObject> = {
  name: string;
  title: string;
  description: string;
  access: Access;
  /** Arguments; those that it does not name are refused. */
  input: I;
  /** Whether the input is that of a query string: a boolean is then the word. */
  isQuery?: boolean;
  output: O;
  /** Whether it changes nothing. */
  isReadOnly: boolean;
  /** Whether it may undo or destroy something. */
  isDestructive?: boolean;
  /** Whether a repeat with the same arguments changes nothing more. */
  isIdempotent?: boolean;
  /** Whether it asks or changes systems outside of Calseta. */
  isOpenWorld?: boolean;
  run: (args: z.output<I>, context: McpContext) => Promise<z.input<O>>;
};

/** A tool without its types. */
export type Tool = Pick<
  ToolDefinition<z.ZodObject, z.ZodObject>,
  'name' | 'title' | 'description' | 'access'
> & {
  inputSchema: JsonSchema;
  outputSchema: JsonSchema;
  annotations: {
    readOnlyHint: boolean;
    destructiveHint: boolean;
    idempotentHint: boolean;
    openWorldHint: boolean;
  };
  call: (args: unknown, context: McpContext) => Promise<object>;
};

type JsonSchema = Record<string, unknown>;

/** Declares a tool once, for validation, work and description. */
export function defineTool<I extends z.ZodObject, O extends z.ZodObject>(
  tool: ToolDefinition<I, O>,
): Tool {
  const { name, title, description, access, input, output, run } = tool;
  return {
    name,
    title,
    description,
    access,
    inputSchema: toJsonSchema(input, 'input'),
    outputSchema: toJsonSchema(output.extend(madeVisible), 'output'),
    annotations: {
      readOnlyHint: tool.isReadOnly,
      destructiveHint: tool.isDestructive ?? false,
      idempotentHint: tool.isIdempotent ?? tool.isReadOnly,
      openWorldHint: tool.isOpenWorld ?? false,
    },
    async call(sent, context) {
      const { principal } = context.caller;
      requireAccess(principal, access);
      requireReadable(sent);
      requireFieldScopes(principal, access, sent);
      const parsed = parseWords(input.strict(), tool.isQuery === true ? inWords(sent) : sent);
      if (!parsed.success) throw invalidArguments(name, input, parsed.error);
      return output.parse(await run(parsed.data as z.output<I>, context));
    },
  };
}

const madeVisible = {
  made_visible_count: z
    .int()
    .optional()
    .describe('Hidden characters that are written visibly, as `\\u{202e}`; absent: none'),
};

/** The limits of a body of REST, which the protocol's own parser does not keep. */
function requireReadable(sent: unknown): void {
  if (nestsDeeper(sent, MAX_JSON_DEPTH))
    throw new AppError(
      'request.too_large',
      `The arguments nest deeper than ${MAX_JSON_DEPTH} levels.`,
    );
  const issues = findUnstorableText(sent);
  if (issues.length > 0)
    throw new AppError('request.invalid', 'The arguments hold text that cannot be stored.', {
      issues,
    });
}

function invalidArguments(name: string, input: z.ZodObject, error: z.ZodError): AppError {
  const known = Object.keys(input.shape).join(', ');
  return new AppError(
    'request.invalid',
    `These arguments do not fit ${name}. It takes: ${known || 'none'}.`,
    { issues: toIssues(error) },
  );
}

/** A query string has no booleans. */
const inWords = (sent: unknown): unknown =>
  typeof sent !== 'object' || sent === null
    ? sent
    : Object.fromEntries(
        Object.entries(sent).map(([name, value]) => [
          name,
          typeof value === 'boolean' ? String(value) : (value as unknown),
        ]),
      );

/** As short as it can be: what a format says needs no pattern, and models pay for each character. */
function toJsonSchema(schema: z.ZodObject, io: 'input' | 'output'): JsonSchema {
  const json = z.toJSONSchema(io === 'input' ? schema.strict() : schema, {
    io,
    unrepresentable: 'any',
    override({ jsonSchema }) {
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
      delete jsonSchema.id;
    },
  });
  delete json.$schema;
  return json;
}
