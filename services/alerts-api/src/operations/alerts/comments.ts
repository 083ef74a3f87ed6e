import { type CreateComment, type PageQuery } from '@calseta/common';
import { type AlertStore, type CommentStore } from '@calseta/database';
import { assertAlertExists } from './alerts.js';
import { found } from '../found.js';
import { operation } from '../operation.js';
import { toPageRequest } from '../page.js';
import { type ByUuid } from '../resources.js';

export type CommentDeps = { alerts: Pick<AlertStore, 'exists'>; comments: CommentStore };
export type CommentOperations = ReturnType<typeof commentOperations>;

const ACCESS = { scope: 'alerts:triage' } as const;

/** Comments: what people and agents say to each other about an alert. */
export const commentOperations = ({ alerts, comments }: CommentDeps) => ({
  post: operation(ACCESS, async ({ uuid, text }: ByUuid & CreateComment, { principal }) =>
    found('alert', await comments.add(uuid, text, principal)),
  ),
  list: operation(ACCESS, async ({ uuid, ...query }: ByUuid & PageQuery) => {
    await assertAlertExists(alerts)(uuid);
    return await comments.list(uuid, toPageRequest(query));
  }),
});
