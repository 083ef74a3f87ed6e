import { compactJson } from '../text/compact-json.js';
import { parseExactly, stringifyExactly } from '../text/exact-numbers.js';
import { type AlertContext } from './alert-context.js';
import { buildLinks, type PayloadOptions } from './build-payload.js';
import { createBudget } from './budget.js';
import { fitPayload } from './fit-payload.js';
import { neutralizeJson } from './neutralize-json.js';
import { type CountTokens, PUSH_BYTES, PUSH_TOKENS } from './payload-settings.js';
import { type BriefContext, type Payload } from './push-payload.js';
import { buildWhole } from './render-payload.js';
import { renderMarkdown } from './render-markdown.js';

export type ContextOptions = PayloadOptions & {
  maxTokens: number;
  countTokens: CountTokens;
};

/** The context of an alert for a model: a payload without the envelope of a push. */
export type ContextAnswer = Omit<Payload, 'event'> | BriefContext;

/** Tokens of the envelope around an answer, `made_visible_count` included. */
const ENVELOPE_TOKENS = 24;
const BRIEF_TITLE_CHARACTERS = 80;

/** The context within a number of tokens, as JSON values; hidden characters are still in it. */
export function renderContext(context: AlertContext, options: ContextOptions): ContextAnswer {
  const maxTokens = options.maxTokens - ENVELOPE_TOKENS;
  if (maxTokens < PUSH_TOKENS.min) return brief(context, { ...options, maxTokens });
  return answerOf(fitted(context, { ...options, maxTokens }, writeJson));
}

/** The context within a number of tokens, as Markdown in which no text of others stands outside a fence. */
export function renderContextMarkdown(context: AlertContext, options: ContextOptions): string {
  if (options.maxTokens >= PUSH_TOKENS.min) {
    return renderMarkdown(fitted(context, options, renderMarkdown));
  }
  const short = brief(context, { ...options, maxTokens: Math.floor(options.maxTokens / 2) });
  return renderMarkdown(short);
}

/** The whole context, cut only where it exceeds the largest push. */
export function wholeContext(context: AlertContext, options: PayloadOptions): Payload {
  const raw = parseExactly(context.rawPayloadJson);
  const payload = buildWhole(context, { ...options, namesEveryPlace: true }, raw, true);
  if (Buffer.byteLength(stringifyExactly(payload)) <= PUSH_BYTES.max) return payload;
  return fitted(context, { ...options, namesEveryPlace: true }, writeJson);
}

const writeJson = (payload: Payload): string =>
  neutralizeJson(compactJson(stringifyExactly(answerOf(payload)))).json;

const answerOf = (payload: Payload): Omit<Payload, 'event'> => ({
  alert: payload.alert,
  indicators: payload.indicators,
  detection_rule: payload.detection_rule,
  context_documents: payload.context_documents,
  workflows: payload.workflows,
  related_alerts: payload.related_alerts,
  ...(payload.findings && { findings: payload.findings }),
});

function fitted(
  context: AlertContext,
  options: PayloadOptions & Partial<ContextOptions>,
  write: (payload: Payload) => string,
): Payload {
  const raw = parseExactly(context.rawPayloadJson);
  const { maxTokens, countTokens } = options;
  return fitPayload(buildWhole(context, options, raw, true), {
    ...(maxTokens !== undefined && { maxTokens }),
    ...(countTokens && { countTokens }),
    maxBytes: PUSH_BYTES.max,
    write,
    rawPayloadJson: compactJson(context.rawPayloadJson),
    rawPayload: raw,
    links: buildLinks(context.alert, options.publicUrl),
  });
}

function brief(context: AlertContext, options: ContextOptions): BriefContext {
  const { maxTokens, countTokens } = options;
  const { alert } = context;
  const { context: url } = buildLinks(alert, options.publicUrl);
  const answer: BriefContext = {
    alert: {
      uuid: alert.uuid,
      title: alert.title.slice(0, BRIEF_TITLE_CHARACTERS),
      severity: alert.severity,
      status: alert.status,
      malice: alert.malice,
      _metadata: {
        omitted: [{ path: '', reason: 'max_tokens', bytes: sizeOf(context), url }],
        untrusted_paths: ['/alert/title', '/indicators'],
      },
    },
    indicators: [],
  };
  const budget = createBudget({ maxBytes: PUSH_BYTES.max, maxTokens, countTokens });
  budget.spend(JSON.stringify(answer));
  for (const { type, value, malice } of context.indicators) {
    const json = JSON.stringify({ type, value, malice });
    if (!budget.fits(json)) break;
    budget.spend(json);
    answer.indicators.push({ type, value, malice });
  }
  return answer;
}

const sizeOf = ({ rawPayloadJson, contextDocuments }: AlertContext): number =>
  Buffer.byteLength(rawPayloadJson) + Buffer.byteLength(JSON.stringify(contextDocuments));
