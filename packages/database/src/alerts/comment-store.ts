import {
  AppError,
  type CommentResource,
  formatTimestamp,
  MAX_COMMENTS_OF_ALERT,
  newUuid,
} from '@calseta/common';
import { type Database } from '../core/database.js';
import { isForeignKeyViolation } from '../core/errors.js';
import { readLargePage } from '../core/large-page.js';
import { type Page, type PageRequest } from '../core/page.js';
import { type AlertComment } from '../generated/client.js';
import { type FindingAuthor } from './triage-store.js';

/** Comments of people and agents on alerts. */
export interface CommentStore {
  /** Undefined for an unknown alert. */
  add(alertUuid: string, text: string, author: FindingAuthor): Promise<CommentResource | undefined>;
  /** Oldest first. */
  list(alertUuid: string, page: PageRequest): Promise<Page<CommentResource>>;
}

/** As JSON, where a control character takes six bytes. */
const COMMENTS = { table: 'alert_comments', bytes: 'octet_length(to_json(r.text)::text)' };

/** Characters of a comment that its line in the activity shows. */
const SHOWN_CHARACTERS = 200;

export const createCommentStore = ({ prisma, query, readLarge }: Database): CommentStore => ({
  async add(alertId, text, { keyId, agentId }) {
    const agent =
      agentId === null ? null : await prisma.agent.findUnique({ where: { id: agentId } });
    if ((await prisma.alertComment.count({ where: { alertId } })) >= MAX_COMMENTS_OF_ALERT)
      throw new AppError(
        'resource.conflict',
        `An alert takes at most ${MAX_COMMENTS_OF_ALERT} comments.`,
      );
    const detail = {
      text: text.slice(0, SHOWN_CHARACTERS).toWellFormed(),
      ...(agent && { agent: agent.name }),
    };
    const at = new Date();
    try {
      const [row] = await prisma.$transaction([
        prisma.alertComment.create({
          data: { alertId, text, createdBy: keyId, agentId, agentName: agent?.name ?? null },
        }),
        prisma.activity.create({
          data: { id: newUuid(), alertId, at, kind: 'commented', actor: keyId, detail },
        }),
      ]);
      return toComment(row);
    } catch (error) {
      if (isForeignKeyViolation(error)) return undefined;
      throw error;
    }
  },

  list: async (alertId, page) =>
    await readLargePage({ query, readLarge }, page, {
      order: 'oldest_first',
      rows: COMMENTS,
      find: ({ where, ...window }) =>
        prisma.alertComment.findMany({ where: { alertId, ...where }, ...window }),
      read: (where) => prisma.alertComment.findMany({ where }),
      count: () => prisma.alertComment.count({ where: { alertId } }),
      toResource: toComment,
    }),
});

const toComment = (row: AlertComment): CommentResource => ({
  uuid: row.id,
  alert_uuid: row.alertId,
  text: row.text,
  created_by: row.createdBy,
  ...(row.agentId !== null && { agent_uuid: row.agentId }),
  ...(row.agentName !== null && { agent_name: row.agentName }),
  created_at: formatTimestamp(row.createdAt),
});
