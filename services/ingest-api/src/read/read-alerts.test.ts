import { describe, expect, test } from '@jest/globals';
import { AppError, MAX_MATCHES_PER_PATH } from '@calseta/common';
import { anArrival } from '../../test/an-arrival.js';
import { MAX_ALERT_BYTES, MAX_BATCH_BYTES, MAX_DEPTH } from '../body/check-limits.js';
import { parseBody } from '../body/parse-body.js';
import { UnreadText } from './unread-text.js';
import { readAlerts } from './read-alerts.js';
import { awsGuardduty } from '../sources/aws_guardduty/index.js';
import { alertmanager } from '../sources/alertmanager/index.js';
import { createCustomSource } from '../sources/custom/index.js';
import { elastic } from '../sources/elastic/index.js';
import { sourcePlugin } from '../sources/registry.js';
import { type SourcePlugin } from '../sources/plugin/source-plugin.js';

const read = (plugin: SourcePlugin, body: string) => [
  ...readAlerts(parseBody(Buffer.from(body)).items, anArrival(plugin)),
];
/** The text of each alert that would be stored, or the code of its error. */
const textsOf = (plugin: SourcePlugin, body: string): string[] =>
  read(plugin, body).map((one) =>
    one instanceof AppError
      ? one.code
      : one instanceof UnreadText
        ? one.error.code
        : one.rawPayload,
  );

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

describe('what came', () => {
  const originalOf = (plugin: SourcePlugin, body: Buffer, contentType?: string) => {
    const items = parseBody(body, contentType).items;
    const [only] = [...readAlerts(items, { ...anArrival(plugin), contentType: 'declared' })];
    if (!only || only instanceof AppError) return only?.code;
    if (only instanceof UnreadText) return only.error.code;
    return { original: only.original?.toString(), contentType: only.contentType };
  };
  const ofEnvelope = (body: string) => originalOf(elastic, Buffer.from(body));

  test('is the text, unless that was repaired', () => {
    expect(ofEnvelope('{"a": "\\u00e9"}')).toEqual({ contentType: 'declared' });
    expect(ofEnvelope('{"a": "\\u0000"}')).toEqual({
      original: '{"a": "\\u0000"}',
      contentType: 'declared',
    });
  });

  test('is the envelope where it held one alert, and was not written as that alert is', () => {
    const compact = '{"kibana.alert.rule.name":"r"}';
    const envelope = `{"alerts": [${compact}]}`;
    expect(ofEnvelope(envelope)).toEqual({ original: envelope, contentType: 'declared' });
    expect(ofEnvelope(`{"alerts":[${compact},${compact}]}`)).toEqual({});
    expect(ofEnvelope(`{"alerts":[${compact}],"f":"${'x'.repeat(MAX_ALERT_BYTES)}"}`)).toEqual({});
  });

  test('counts, as it came and as text in UTF-8', () => {
    const text = (characters: number) => `{"a":"${'x'.repeat(characters - 8)}"}`;
    const utf16 = (characters: number) => Buffer.from(`\ufeff${text(characters)}`, 'utf16le');
    const most = MAX_ALERT_BYTES / 2 - 1;
    expect(originalOf(elastic, utf16(most))).toMatchObject({ contentType: 'declared' });
    expect(originalOf(elastic, utf16(most + 1))).toBe('request.too_large');
    expect(originalOf(elastic, Buffer.from(text(MAX_ALERT_BYTES)))).toEqual({
      contentType: 'declared',
    });
  });
});

describe('the alerts of an envelope', () => {
  const ALERTS = 100;
  /** An envelope whose alerts, each with the envelope's own fields, have this many characters together. */
  const envelopeOf = (characters: number): string => {
    const of = (label: string, alerts: number) =>
      JSON.stringify({
        commonLabels: { alertname: label },
        alerts: Array.from({ length: alerts }, () => ({})),
      });
    const labelLength = Math.floor(characters / ALERTS) - of('', 1).length;
    const filler = ' '.repeat(characters % ALERTS);
    return of('x'.repeat(labelLength), ALERTS).replace('{}', `{"f":"${filler}"}`);
  };
  const OVERHEAD = '"f":""'.length;

  test('may have as many characters together as a body may have bytes, and not one more', () => {
    const fitting = textsOf(alertmanager, envelopeOf(MAX_BATCH_BYTES - OVERHEAD));
    expect(fitting).toHaveLength(ALERTS);
    expect(fitting.join('')).toHaveLength(MAX_BATCH_BYTES);
    expect(() => read(alertmanager, envelopeOf(MAX_BATCH_BYTES - OVERHEAD + 1))).toThrow(
      expect.objectContaining({ code: 'request.too_large' }),
    );
  });

  test('count together with those of the other envelopes of a request', () => {
    const half = envelopeOf(MAX_BATCH_BYTES / 2);
    expect(() => read(alertmanager, `[${half},${half}]`)).toThrow(
      expect.objectContaining({ code: 'request.too_large' }),
    );
  });

  test.each([
    ['google_workspace', 'alerts', '', ['{"n":12345678901234567890}', '{"n":1.50}']],
    [
      'alertmanager',
      'alerts',
      '"v":1.0,',
      ['{"v":1.0,"alerts":[{"n":12345678901234567890}]}', '{"v":1.0,"alerts":[{"n":1.50}]}'],
    ],
    [
      'splunk',
      'results',
      '"v":1.0,',
      ['{"v":1.0,"result":{"n":12345678901234567890}}', '{"v":1.0,"result":{"n":1.50}}'],
    ],
  ])('of %s keep their numbers as they were sent', (name, list, beside, stored) => {
    const body = `{${beside}"${list}":[{"n":12345678901234567890},{"n":1.50}]}`;
    expect(textsOf(sourcePlugin(name)!, body)).toEqual(stored);
  });

  test('are repaired when they stood in text', () => {
    const findings = String.raw`[{"Id":"a\ud800b"},{"Id":"c"}]`;
    const [first] = textsOf(awsGuardduty, JSON.stringify({ findings }));
    expect(first).toBe('{"Id":"a\uFFFDb"}');
  });

  test('are made no further than they fit', () => {
    let made = 0;
    const part = { text: 'x'.repeat(MAX_BATCH_BYTES / 2) };
    const endless: SourcePlugin = {
      name: 'endless',
      *split() {
        for (;;) {
          made += 1;
          yield part;
        }
      },
      normalize: () => ({ kind: 'unreadable', reason: 'none' }),
    };
    expect(() => read(endless, '{}')).toThrow(
      expect.objectContaining({ code: 'request.too_large' }),
    );
    expect(made).toBe(2);
  });

  test('are refused alone when their envelope cannot be taken apart', () => {
    const custom = createCustomSource('doors', { items: 'pages.events', fields: { title: 't' } });
    const pages = Array.from({ length: MAX_MATCHES_PER_PATH + 1 }, () => ({ events: [] }));
    const body = JSON.stringify([{ t: 'good' }, { pages }, { t: 'late' }]);
    expect(textsOf(custom, body)).toEqual(['{"t":"good"}', 'request.too_large', '{"t":"late"}']);
  });

  test.each([MAX_DEPTH, 20_000])('are refused alone when they nest %i levels more', (levels) => {
    const good = '{"kibana.alert.rule.name":"good"}';
    const deep = `{"kibana.alert.rule.name":"deep","a":${nested(levels)}}`;
    expect(textsOf(elastic, `[${good},{"alerts":[${deep}]},${good}]`)).toEqual([
      good,
      'request.too_large',
      good,
    ]);
  });
});
