import { type DeliveryFilter, type PageQuery } from '@calseta/common';
import { type AlertStore, type DeliveryStore } from '@calseta/database';
import { assertAlertExists } from './alerts.js';
import { found } from './found.js';
import { operation } from './operation.js';
import { toPageRequest } from './page.js';
import { type ByUuid } from './resources.js';

export type DeliveryDeps = {
  alerts: Pick<AlertStore, 'exists'>;
  deliveries: DeliveryStore;
};

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
  listOfAlert: operation(
    { scope: 'alerts:read' },
    async ({ uuid, ...query }: ByUuid & PageQuery) => {
      await assertAlertExists(alerts)(uuid);
      return await deliveries.list({ alert_uuid: uuid }, toPageRequest(query));
    },
  ),
});
