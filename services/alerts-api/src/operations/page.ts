import { type PageQuery } from '@calseta/common';
import { type PageRequest } from '@calseta/database';

export const toPageRequest = (query: PageQuery): PageRequest => ({
  cursor: query.cursor,
  pageSize: query.page_size,
  includeTotal: query.include_total,
});
