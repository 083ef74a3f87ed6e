import { type PageQuery } from '@calseta/common';
import { type PageRequest } from '@calseta/database';

/** The page that a query asks the stores for. */
export const toPageRequest = (query: PageQuery): PageRequest => ({
  cursor: query.cursor,
  pageSize: query.page_size,
  includeTotal: query.include_total,
});
