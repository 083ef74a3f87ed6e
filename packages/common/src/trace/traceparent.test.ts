import { describe, expect, test } from '@jest/globals';
import { childTraceparent, newTraceparent, parseTraceparent } from './traceparent.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('parseTraceparent', () => {
  test('reads a valid header', () => {
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-01`)).toEqual({
      traceId: TRACE,
      parentId: SPAN,
      flags: '01',
    });
  });

  test('reads a later version with more fields', () => {
    expect(parseTraceparent(`01-${TRACE}-${SPAN}-01-more`)?.traceId).toBe(TRACE);
  });

  test.each([
    undefined,
    '',
    'garbage',
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `01-${TRACE}-${SPAN}-01-${'x'.repeat(200)}`,
  ])('refuses %j', (header) => {
    expect(parseTraceparent(header)).toBeUndefined();
  });
});

describe('childTraceparent', () => {
  test('stays in the trace and its flags, under a span of its own', () => {
    const child = parseTraceparent(childTraceparent(`00-${TRACE}-${SPAN}-00`));
    expect(child).toMatchObject({ traceId: TRACE, flags: '00' });
    expect(child?.parentId).not.toBe(SPAN);
  });

  test('begins a trace when there is none to read', () => {
    expect(parseTraceparent(childTraceparent('garbage'))).toBeDefined();
    expect(newTraceparent()).not.toBe(newTraceparent());
  });
});
