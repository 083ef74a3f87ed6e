import { jsonData, jsonList, uuidSchema } from '@calseta/common';
import { type Page } from '@calseta/database';
import { reply } from '@calseta/platform';
import { z } from 'zod';

export const uuidParamsSchema = z.object({ uuid: uuidSchema });

/** Answers 200 with one object. */
export const replyData = <R>(data: R) => reply(200, jsonData(data));

/** Answers 200 with one page. */
export const replyPage = <R>({ items, nextCursor, ...counted }: Page<R>) =>
  reply(200, jsonList(items, nextCursor, counted));

/** Answers 204. */
export const replyNothing = () => reply(204, undefined);
