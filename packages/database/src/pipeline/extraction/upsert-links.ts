import { type ExtractedIndicator } from '@calseta/common';
import { type Transaction } from '../../core/database.js';
import { columnNames, type Columns, defineRows } from '../../core/rows.js';

/** An indicator as an alert has it. */
export type IndicatorLink = {
  alertId: string;
  indicatorId: string | undefined;
  indicator: Pick<ExtractedIndicator, 'role' | 'provenance'>;
  /** Place in the alert, counted from 0. */
  position: number;
};

export const LINK_KEY: Columns<IndicatorLink> = {
  alert_id: ['uuid', ({ alertId }) => alertId],
  indicator_id: ['uuid', ({ indicatorId }) => indicatorId],
};
const COLUMNS: Columns<IndicatorLink> = {
  ...LINK_KEY,
  position: ['int', ({ position }) => position],
  role: ['text', ({ indicator }) => indicator.role ?? null],
  provenance: [
    'jsonb',
    ({ indicator }) => JSON.stringify(indicator.provenance.map(toProvenanceJson)),
  ],
};
const LINKS = defineRows('given', COLUMNS);

const UPSERT = `
  INSERT INTO alert_indicators (${columnNames(COLUMNS)})
  SELECT * FROM ${LINKS.from}
  ON CONFLICT (alert_id, indicator_id) DO UPDATE
     SET position = excluded.position, role = excluded.role, provenance = excluded.provenance`;

/** Links alerts to their indicators, or writes the links anew. The caller holds the locks of both. */
export function upsertLinks(client: Transaction, links: readonly IndicatorLink[]): void {
  if (links.length > 0) client.send(UPSERT, LINKS.parameters(links));
}

const toProvenanceJson = ({
  mappingId,
  statedAs,
  addedBy,
  agentName,
  ...rest
}: ExtractedIndicator['provenance'][number]): Record<string, unknown> => ({
  ...rest,
  ...(mappingId !== undefined && { mapping_id: mappingId }),
  ...(statedAs !== undefined && { stated_as: statedAs }),
  ...(addedBy !== undefined && { added_by: addedBy }),
  ...(agentName !== undefined && { agent_name: agentName }),
});
