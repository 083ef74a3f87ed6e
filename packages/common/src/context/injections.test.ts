import { describe, expect, test } from '@jest/globals';
import { countTokens as o200k } from 'gpt-tokenizer/encoding/o200k_base';
import { aContext } from '../../test/contexts.js';
import {
  HIDDEN_CHARACTER,
  INJECTIONS,
  pointersTo,
  unmarked,
  valueAt,
} from '../../test/injections.js';
import { toWholeAlert } from '../api/alerts/whole-alert.js';
import { type AlertResource } from '../api/alerts/alert.js';
import { type AlertContext } from './alert-context.js';
import { neutralize } from './neutralize.js';
import { neutralizeJson } from './neutralize-json.js';
import { DEFAULT_PAYLOAD, type PayloadMode } from './payload-settings.js';
import { renderContext, renderContextMarkdown, wholeContext } from './render-context.js';
import { bodyFor, renderPush } from './render-payload.js';

const countTokens = (text: string): number => o200k(text, { disallowedSpecial: new Set() });
const OPTIONS = {
  generatedAt: new Date('2026-03-01T22:14:40Z'),
  publicUrl: 'http://localhost:8000',
  maxTokens: 6_000,
  countTokens,
};

type Place = (context: AlertContext, text: string) => AlertContext;
const inAlert =
  (field: (text: string) => Partial<AlertContext['alert']>): Place =>
  (context, text) => ({ ...context, alert: { ...context.alert, ...field(text) } });
const inPayload =
  (key: string): Place =>
  (context, text) => ({ ...context, rawPayloadJson: JSON.stringify({ [key]: text }) });
const inIndicator =
  (change: (text: string) => Partial<AlertContext['indicators'][number]>): Place =>
  (context, text) => ({
    ...context,
    indicators: [{ ...context.indicators[0]!, ...change(text) }],
  });

const PLACES: Record<string, Place> = {
  title: inAlert((title) => ({ title })),
  description: inAlert((description) => ({ description })),
  tag: inAlert((tag) => ({ tags: [tag] })),
  host: inAlert((host) => ({ hosts: [host] })),
  user: inAlert((user) => ({ users: [user] })),
  'id in its source': inAlert((id) => ({ nativeAlertId: id })),
  'user agent': inAlert((agent) => ({ normalizedFields: { user_agent: agent } })),
  'file name': inAlert((name) => ({ normalizedFields: { file_name: name } })),
  'command line': inAlert((line) => ({ normalizedFields: { command_line: line } })),
  'name of a field': inAlert((name) => ({ normalizedFields: { [name]: 'x' } })),
  URL: inIndicator((value) => ({ type: 'url', value })),
  'reason of a verdict': inIndicator((reason) => ({ maliceReasons: [reason] })),
  'text of a provider': inIndicator((text) => ({
    enrichmentResults: { virustotal: { extracted: { tags: [text] } } },
  })),
  'DNS TXT record': inIndicator((txt) => ({
    enrichmentResults: { dns: { extracted: { txt } } },
  })),
  'name of a rule': (context, name) => ({
    ...context,
    detectionRule: { name, mitreTactics: [], mitreTechniques: [], documentation: '' },
  }),
  'subject of an e-mail': inPayload('subject'),
  'title of a related alert': (context, title) => ({
    ...context,
    relatedAlerts: [
      {
        uuid: '01a22b02-6432-71ed-9dff-914cb866d80e',
        title,
        severity: 'High',
        status: 'Closed',
        malice: 'Pending',
        occurredAt: context.alert.occurredAt,
        relation: 'same_detection_rule',
        findings: [],
      },
    ],
  }),
};

const BASE = aContext({ indicators: [['ip', '192.0.2.9', '/ip']] });

/** Fails unless the text stands in the JSON as it would be seen, only in marked places. */
function expectMarked(
  json: string,
  text: string,
  pathsOf: (value: never) => string[],
  must = true,
) {
  expect(json).not.toMatch(HIDDEN_CHARACTER);
  const value = JSON.parse(json) as never;
  const shownText = neutralize(text).text;
  if (must) expect(pointersTo(shownText, value)).not.toEqual([]);
  const paths = pathsOf(value);
  for (const path of paths) expect([path, valueAt(path, value)]).not.toEqual([path, undefined]);
  expect(unmarked(shownText, value, paths)).toEqual([]);
}

type Marked = { alert: { _metadata: { untrusted_paths: string[] }; severity: string } };
const pathsInPush = ({ alert }: Marked) => alert._metadata.untrusted_paths;
const shown = (value: unknown) => neutralizeJson(JSON.stringify(value)).json;

/** The lines of Markdown outside fences. */
function outsideFences(markdown: string): string {
  const outside: string[] = [];
  let fence = 0;
  for (const line of markdown.split(/\r\n|\n|\r/)) {
    const run = /^ {0,3}(`{3,})/.exec(line)?.[1]?.length ?? 0;
    if (fence === 0 && run > 0) fence = run;
    else if (fence === 0) outside.push(line);
    else if (run >= fence && /^ {0,3}`+[ \t]*$/.test(line)) fence = 0;
  }
  return outside.join('\n');
}

describe.each(Object.entries(PLACES))('an injection in the %s', (_place, put) => {
  test.each(Object.entries(INJECTIONS))(
    '(%s) arrives marked, visible and inside its bounds',
    (_name, text) => {
      const context = put(BASE, text);
      for (const mode of ['full', 'budgeted', 'thin'] satisfies PayloadMode[]) {
        const settings = { ...DEFAULT_PAYLOAD, mode };
        const body = bodyFor(renderPush(context, { ...OPTIONS, settings, agentName: 'A' }), 'A');
        expectMarked(body, text, pathsInPush, mode !== 'thin');
        expect((JSON.parse(body) as Marked).alert.severity).toBe('High');
      }
      const payload = wholeContext(context, OPTIONS);
      const whole = toWholeAlert(payload.alert as unknown as AlertResource, payload);
      expectMarked(
        shown(whole),
        text,
        (value: { _metadata: { untrusted_paths: string[] } }) => value._metadata.untrusted_paths,
      );
      expectMarked(shown(renderContext(context, OPTIONS)), text, pathsInPush);

      const markdown = renderContextMarkdown(context, OPTIONS);
      expect(markdown).not.toMatch(HIDDEN_CHARACTER);
      const harmless = renderContextMarkdown(put(BASE, 'harmless'), OPTIONS);
      expect(outsideFences(markdown)).toBe(outsideFences(harmless));
    },
  );
});
