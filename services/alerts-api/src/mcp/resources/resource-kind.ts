import { type Access } from '@calseta/common';
import { type McpContext } from '../answers/mcp-context.js';

/** A resource in a list. */
export type ListedResource = { id: string; title: string };

/** Resources of one kind: `calseta://<name>/<id>`. */
export type ResourceKind = {
  /** As in the paths of REST: `detection-rules`. */
  name: string;
  title: string;
  description: string;
  /** Of the URI, after the name. */
  template: string;
  access: Access;
  /** The newest ones; others are found by the tools. */
  list: (context: McpContext) => Promise<ListedResource[]>;
  /** The answer for one; undefined when there is none. */
  read: (variables: Readonly<Record<string, string>>, context: McpContext) => Promise<object>;
};

/** Resources of one kind in a list. */
export const LISTED_RESOURCES = 50;
export const newestFirst = {
  page_size: LISTED_RESOURCES,
  include_total: false,
} as const;
