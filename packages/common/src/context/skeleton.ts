import { cutToBytes } from '../text/cut-to-bytes.js';
import { neutralize } from './neutralize.js';
import { type Payload } from './push-payload.js';

/** Budgets below this carry one link and the beginning of a title. */
const SMALL_BUDGET_TOKENS = 1_000;
const TITLE_BYTES = 1_000;
const SHORT_TITLE_BYTES = 120;

/** A payload with every section, and nothing in them: the smallest push. */
export function emptied(payload: Payload, maxTokens = Infinity): Payload {
  const { alert } = payload;
  const isSmall = maxTokens < SMALL_BUDGET_TOKENS;
  const metadata = { ...alert._metadata, untrusted_paths: [] };
  delete metadata.update;
  delete metadata.omitted;
  return {
    event: payload.event,
    alert: {
      uuid: alert.uuid,
      title: cutShown(alert.title, isSmall ? SHORT_TITLE_BYTES : TITLE_BYTES),
      severity: alert.severity,
      source_name: alert.source_name,
      status: alert.status,
      malice: alert.malice,
      occurred_at: alert.occurred_at,
      tags: [],
      links: isSmall ? { self: alert.links.self } : alert.links,
      raw_payload: null,
      _metadata: metadata,
    },
    indicators: [],
    detection_rule: null,
    context_documents: [],
    workflows: [],
    related_alerts: [],
    ...(payload.findings && { findings: [] }),
  };
}

/** A beginning that has at most so many bytes once its hidden characters are written visibly. */
function cutShown(text: string, maxBytes: number): string {
  const cut = cutToBytes(text, maxBytes);
  const shown = Buffer.byteLength(neutralize(cut).text);
  return shown <= maxBytes
    ? cut
    : cutShown(cut, Math.floor((Buffer.byteLength(cut) * maxBytes) / shown));
}
