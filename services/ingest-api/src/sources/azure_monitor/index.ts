import { unreadable } from '../reading/assemble-alert.js';
import { rootOf } from '../reading/located.js';
import { type SourcePlugin } from '../plugin/source-plugin.js';
import { readCommonAlert } from './read-common-alert.js';
import { readOlderAlert } from './read-older-alert.js';

/** Azure Monitor: the common alert schema of an action group's webhook or Logic App, and the older schemas. */
export const azureMonitor: SourcePlugin = {
  name: 'azure_monitor',
  normalize: (payload) =>
    readCommonAlert(payload) ??
    readOlderAlert(payload) ??
    unreadable(rootOf(payload), 'No alert of Azure Monitor was found.'),
};
