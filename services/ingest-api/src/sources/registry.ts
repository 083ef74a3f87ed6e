import { alertmanager } from './alertmanager/index.js';
import { awsGuardduty } from './aws_guardduty/index.js';
import { azureMonitor } from './azure_monitor/index.js';
import { crowdstrike } from './crowdstrike/index.js';
import { datadog } from './datadog/index.js';
import { elastic } from './elastic/index.js';
import { generic } from './generic/index.js';
import { github } from './github/index.js';
import { googleWorkspace } from './google_workspace/index.js';
import { grafana } from './grafana/index.js';
import { msGraph } from './ms_graph/index.js';
import { okta } from './okta/index.js';
import { sentinel } from './sentinel/index.js';
import { type SourcePlugin } from './plugin/source-plugin.js';
import { splunk } from './splunk/index.js';
import { suricata } from './suricata/index.js';
import { wazuh } from './wazuh/index.js';

/** Every built-in source. A new one needs a folder and a line here. */
export const SOURCE_PLUGINS: readonly SourcePlugin[] = [
  generic,
  sentinel,
  elastic,
  splunk,
  wazuh,
  crowdstrike,
  msGraph,
  awsGuardduty,
  googleWorkspace,
  alertmanager,
  suricata,
  okta,
  azureMonitor,
  github,
  datadog,
  grafana,
];

export const sourcePlugin = (name: string): SourcePlugin | undefined =>
  SOURCE_PLUGINS.find((plugin) => plugin.name === name);
