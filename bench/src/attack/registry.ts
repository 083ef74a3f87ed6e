import { type Door } from './door.js';
import { authMatrix } from './doors/auth-matrix.js';
import { bombs } from './doors/bombs.js';
import { conformance } from './doors/conformance.js';
import { dns } from './doors/dns.js';
import { fuzz } from './doors/fuzz.js';
import { guesses } from './doors/guesses.js';
import { hiddenText } from './doors/hidden-text.js';
import { manyAgents } from './doors/many-agents.js';
import { manyIndicators } from './doors/many-indicators.js';
import { mcpArguments } from './doors/mcp-arguments.js';
import { slowClients } from './doors/slow-clients.js';
import { smuggling } from './doors/smuggling.js';
import { ssrf } from './doors/ssrf.js';
import { unreadPipelines } from './doors/unread-pipelines.js';
import { wideAlerts } from './doors/wide-alerts.js';

/** Order of the attacks when none is named. */
export const DOORS: readonly Door[] = [
  smuggling,
  authMatrix,
  guesses,
  ssrf,
  dns,
  hiddenText,
  wideAlerts,
  manyAgents,
  manyIndicators,
  unreadPipelines,
  slowClients,
  bombs,
  fuzz,
  mcpArguments,
  conformance,
];
