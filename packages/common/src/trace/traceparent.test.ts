import { describe, expect, test } from '@jest/globals';
import { childTraceparent, newTraceparent, parseTraceparent } from './traceparent.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('parseTraceparent', () => {
  test('reads the example of the standard', () => {
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-01`)).toEqual({
      traceId: TRACE,
      parentId: SPAN,
      flags: '01',
    });
  });

  test('reads a later version with more fields', () => {
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01-what-the-future-holds`)?.traceId).toBe(TRACE);
  });

  test.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['version ff', `ff-${TRACE}-${SPAN}-01`],
    ['more fields in version 00', `00-${TRACE}-${SPAN}-01-more`],
    ['the zero trace', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['the zero span', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['upper case', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['a short trace', `00-${TRACE.slice(1)}-${SPAN}-01`],
    ['a tail without a dash', `cc-${TRACE}-${SPAN}-01.x`],
    ['endless text', `cc-${TRACE}-${SPAN}-01-${'x'.repeat(300)}`],
  ])('refuses %s', (_, text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });
});

describe('newTraceparent', () => {
  test('is valid, sampled and different every time', () => {
    const first = newTraceparent();
    expect(parseTraceparent(first)?.flags).toBe('01');
    expect(newTraceparent()).not.toBe(first);
  });
});

describe('childTraceparent', () => {
  test('keeps the trace and its flags and has a span of its own', () => {
    const child = parseTraceparent(childTraceparent(`00-${TRACE}-${SPAN}-00`));
    expect(child).toMatchObject({ traceId: TRACE, flags: '00' });
    expect(child?.parentId).not.toBe(SPAN);
  });

  test('starts a new trace from garbage', () => {
    expect(parseTraceparent(childTraceparent('garbage'))).toBeDefined();
  });
});
