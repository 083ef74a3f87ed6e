import {
  type DeliveryFilter,
  type DeliveryResource,
  hasScope,
  type PageQuery,
} from '@calseta/common';
import { type AlertStore, type DeliveryStore } from '@calseta/database';
import { assertAlertExists } from '../alerts/alerts.js';
import { found } from '../found.js';
import { operation } from '../operation.js';
import { toPageRequest } from '../page.js';
import { type ByUuid } from '../resources.js';

export type DeliveryDeps = {
  alerts: Pick<AlertStore, 'exists'>;
  deliveries: DeliveryStore;
};

type DeliveryAttempt = DeliveryResource['attempts'][number];

export type DeliveryOperations = ReturnType<typeof deliveryOperations>;

/** Deliveries: every push with each of its attempts. */
export const deliveryOperations = ({ alerts, deliveries }: DeliveryDeps) => ({
  list: operation(
    { scope: 'agents:read' },
    async (query: DeliveryFilter & PageQuery) => await deliveries.list(query, toPageRequest(query)),
  ),
  get: operation({ scope: 'agents:read' }, async ({ uuid }: ByUuid) =>
    found('delivery', await deliveries.get(uuid)),
  ),
  retry: operation({ scope: 'agents:write' }, async ({ uuid }: ByUuid) =>
    found('delivery', await deliveries.retry(uuid)),
  ),
  /** Without what agents answered, unless the key may read agents. */
  listOfAlert: operation(
    { scope: 'alerts:read' },
    async ({ uuid, ...query }: ByUuid & PageQuery, { principal }) => {
      await assertAlertExists(alerts)(uuid);
      const page = await deliveries.list({ alert_uuid: uuid }, toPageRequest(query));
      if (hasScope(principal.scopes, 'agents:read')) return page;
      return { ...page, items: page.items.map(withoutAnswers) };
    },
  ),
});

function withoutAnswer(attempt: DeliveryAttempt): DeliveryAttempt {
  const shown = { ...attempt };
  delete shown.response_body;
  return shown;
}

const withoutAnswers = (delivery: DeliveryResource): DeliveryResource => ({
  ...delivery,
  attempts: delivery.attempts.map(withoutAnswer),
});
