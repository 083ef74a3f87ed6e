import { type IncomingMessage } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { clientAddress } from './client-address.js';

const from = (forwarded?: string) =>
  ({
    socket: { remoteAddress: '10.0.0.9' },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage;

describe('clientAddress', () => {
  test.each<[string | undefined, number, string]>([
    ['198.51.100.1', 0, '10.0.0.9'],
    [undefined, 1, '10.0.0.9'],
    ['198.51.100.1', 1, '198.51.100.1'],
    ['203.0.113.66, 198.51.100.1', 1, '198.51.100.1'],
    ['203.0.113.66, 198.51.100.1, 10.0.0.1', 2, '198.51.100.1'],
    ['198.51.100.1', 3, '198.51.100.1'],
    ['2001:db8::1', 1, '2001:db8::1'],
    ['nonsense', 1, '10.0.0.9'],
    ['', 1, '10.0.0.9'],
  ])('of X-Forwarded-For %j behind %i proxies is %s', (forwarded, hops, expected) => {
    expect(clientAddress(from(forwarded), hops)).toBe(expected);
  });
});
