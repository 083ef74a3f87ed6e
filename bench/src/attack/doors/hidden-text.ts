import { newUuid } from '@calseta/common';
import { waitUntil } from '@calseta/local';
import { type ReceivedRequest, startWebhookSink } from '@calseta/testing';
import { all, none } from '../../report/goals.js';
import { type Goal } from '../../report/section.js';
import { callApi } from '../../system/call-api.js';
import { configEffective } from '../../system/config-effective.js';
import { type Door } from '../door.js';
import { removeAll } from '../remove-all.js';
import { ALLOWED_ADDRESS } from '../target/start-target.js';

/** The blank of Braille, which looks empty but is not covered by the Unicode property. */
const HIDDEN = /[\p{Default_Ignorable_Code_Point}\u2800]/u;
const ALL_HIDDEN = /[\p{Default_Ignorable_Code_Point}\u2800]/gu;
const LAST_CODE_POINT = 0x10ffff;
const PER_KEY = 40;
const EMOJI = '❤️ 👩‍💻 👍🏽';
const PUSH_TIMEOUT_MS = 60_000;

export const hiddenText: Door = {
  name: 'hidden-text',
  summary:
    'An alert and a context document hold every code point that shows nothing, in keys and values',
  async attack({ target }) {
    const hidden = hiddenCharacters();
    const marker = newUuid();
    await using sink = await startWebhookSink(0, ALLOWED_ADDRESS);
    const agent = { name: 'Reader of hidden text', webhook_url: `${sink.url}/hidden` };
    await callApi(target, 'POST', '/v1/agents', agent);
    await callApi(target, 'POST', '/v1/context-documents', {
      title: between(hidden.slice(0, PER_KEY)),
      doc_type: 'other',
      is_global: true,
      content: between(hidden),
    });
    await configEffective();
    await callApi(target, 'POST', '/v1/ingest/generic', alertOf(hidden, marker));
    const pushOf = (): ReceivedRequest | undefined =>
      sink.requests.find(({ body }) => body.includes(marker));
    await waitUntil(() => pushOf() !== undefined, { timeoutMs: PUSH_TIMEOUT_MS, intervalMs: 50 });
    const push: unknown = JSON.parse(pushOf()?.body ?? 'null');
    await removeAll(target, '/v1/agents');
    await removeAll(target, '/v1/context-documents');
    const keys = textsOf(push, 'keys');
    const values = textsOf(push, 'values');
    return {
      goals: [
        all('pushes that arrived', push === null ? 0 : 1, 1),
        judgeLeft('keys', keys, hidden.length),
        judgeLeft('values', values, hidden.length),
        all('emoji that stay readable', values.join().includes('❤️') ? 1 : 0, 1),
      ],
    };
  },
};

function hiddenCharacters(): string[] {
  const found: string[] = [];
  for (let code = 0; code <= LAST_CODE_POINT; code += 1) {
    const character = String.fromCodePoint(code);
    if (HIDDEN.test(character)) found.push(character);
  }
  return found;
}

const between = (hidden: readonly string[]): string => hidden.map((one) => `x${one}y`).join('');

function alertOf(hidden: readonly string[], marker: string): object {
  const fields: Record<string, string> = {};
  for (let from = 0; from < hidden.length; from += PER_KEY) {
    const text = between(hidden.slice(from, from + PER_KEY));
    fields[text] = text;
  }
  return {
    title: `Hidden ${marker} ${EMOJI} ${between(hidden.slice(0, PER_KEY))}`,
    description: between(hidden),
    tags: [between(hidden.slice(-PER_KEY))],
    fields,
  };
}

/** All keys, or all text values, of a JSON value. */
function textsOf(value: unknown, which: 'keys' | 'values'): string[] {
  if (typeof value === 'string') return which === 'values' ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  const own = which === 'keys' && !Array.isArray(value) ? Object.keys(value) : [];
  return [...own, ...Object.values(value).flatMap((inner) => textsOf(inner, which))];
}

function judgeLeft(where: string, texts: readonly string[], count: number): Goal {
  const found = texts.flatMap((text) => [...text.replaceAll(EMOJI, '').matchAll(ALL_HIDDEN)]);
  const left = new Set(found.map(String));
  const name = `of ${count} hidden characters in ${where}, those that reach the agent as they are`;
  return none(name, left.size, [...left].map(spell));
}

const spell = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
