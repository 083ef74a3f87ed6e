import { jsonList, type PageQuery } from '@calseta/common';
import { type Page, type PageRequest } from '@calseta/database';
import { reply } from '@calseta/platform';

export const toPageRequest = (query: PageQuery): PageRequest => ({
  cursor: query.cursor,
  pageSize: query.page_size,
  includeTotal: query.include_total,
});

/** Answers 200 with one page. */
export const replyPage = <R>({ items, nextCursor, total }: Page<R>) =>
  reply(200, jsonList(items, nextCursor, total));
