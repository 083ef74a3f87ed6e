import { newUuid } from '../core/ids.js';
import { compactJson } from '../text/compact-json.js';
import { type AlertContext } from './alert-context.js';
import { buildLinks, buildPayload, type PayloadOptions } from './build-payload.js';
import { fitPayload } from './fit-payload.js';
import { neutralizeJson } from './neutralize-json.js';
import { type CountTokens, type PayloadSettings } from './payload-settings.js';
import { textReader } from './point-into.js';
import { type Payload } from './push-payload.js';
import { emptied } from './skeleton.js';
import { untrustedPaths } from './untrusted-paths.js';

/** Bytes that are kept free for the name of the agent in a body that several agents share. */
const NAME_BYTES = 1_024;

export type PushOptions = PayloadOptions & {
  settings: PayloadSettings;
  /** Needed for budgeted payloads, which count the name of the agent too. */
  countTokens?: CountTokens;
  agentName?: string;
};

/** The body of a push for every agent with the same settings. */
export interface RenderedPush {
  /** What stands before and after the name of the agent, which is a JSON string. */
  parts: readonly [before: string, after: string];
}

/** The name of an agent as it stands in a body. */
export const writeAgentName = (name: string): string => neutralizeJson(JSON.stringify(name)).json;

/** The body of a push to one agent. */
export const bodyFor = ({ parts }: RenderedPush, agentName: string): string =>
  parts.join(writeAgentName(agentName));

/** Renders the body of a push, with hidden characters written visibly. */
export function renderPush(context: AlertContext, options: PushOptions): RenderedPush {
  const { payload, write } = preparePush(context, options);
  const { mode, maxBytes, maxTokens } = options.settings;
  const fit = (limits: { maxTokens?: number }) =>
    fitPayload(payload, {
      ...limits,
      maxBytes: maxBytes - NAME_BYTES,
      ...(options.countTokens && { countTokens: options.countTokens }),
      write: (candidate) => write(candidate).join(writeAgentName(options.agentName ?? '')),
      rawPayloadJson: compactJson(context.rawPayloadJson),
      rawPayload: payload.alert.raw_payload,
      links: buildLinks(context.alert, options.publicUrl),
    });
  if (mode === 'thin') return { parts: write(thinned(payload, context, options)) };
  if (mode === 'budgeted') return { parts: write(fit({ maxTokens })) };
  const parts = write(payload);
  const bytes = Buffer.byteLength(parts[0]) + Buffer.byteLength(parts[1]) + NAME_BYTES;
  return { parts: bytes <= maxBytes ? parts : write(fit({})) };
}

/** The whole payload, and how payloads of this alert are written. */
function preparePush(context: AlertContext, options: PushOptions) {
  // Places of the raw payload and the name that nobody can guess, so that no other text equals them.
  const [rawMark, nameMark] = [newUuid(), newUuid()];
  const raw = neutralizeJson(compactJson(context.rawPayloadJson));
  const payload = buildWhole(context, options, rawMark, raw.madeVisibleCount > 0);
  payload.alert._metadata.agent = nameMark;

  const write = (candidate: Payload): [before: string, after: string] => {
    const isWithRaw = candidate.alert.raw_payload !== null;
    const around = neutralizeJson(JSON.stringify(candidate));
    const count = around.madeVisibleCount + (isWithRaw ? raw.madeVisibleCount : 0);
    const json =
      count === 0 ? around.json : neutralizeJson(JSON.stringify(counted(candidate, count))).json;
    const whole = isWithRaw ? json.replace(`"${rawMark}"`, () => raw.json) : json;
    const [before = '', after = ''] = whole.split(`"${nameMark}"`);
    return [before, after];
  };
  return { payload, write };
}

/** The whole payload of a context, with `rawPayload` in the place of the sender's payload. */
export function buildWhole(
  context: AlertContext,
  options: PayloadOptions,
  rawPayload: unknown,
  hasHiddenText: boolean,
): Payload {
  const readHidden = hasHiddenText ? textReader(JSON.parse(context.rawPayloadJson)) : undefined;
  const payload = buildPayload(context, options, readHidden);
  payload.alert.raw_payload = rawPayload;
  payload.alert._metadata.untrusted_paths = untrustedPaths(payload);
  return payload;
}

const counted = (payload: Payload, count: number): Payload => ({
  ...payload,
  alert: {
    ...payload.alert,
    _metadata: { ...payload.alert._metadata, made_visible_count: count },
  },
});

/** What happened and where the rest is. */
function thinned(
  payload: Payload,
  { alert, rawPayloadJson }: AlertContext,
  { publicUrl }: PayloadOptions,
): Payload {
  const thin = emptied(payload, 0);
  const { _metadata: metadata } = thin.alert;
  const bytes = Buffer.byteLength(JSON.stringify(payload)) + Buffer.byteLength(rawPayloadJson);
  const { context: url } = buildLinks(alert, publicUrl);
  metadata.omitted = [{ path: '', reason: 'thin', bytes, url }];
  metadata.untrusted_paths = untrustedPaths(thin);
  return thin;
}
