import { jest } from '@jest/globals';

/** Enough for a test that stops and starts a broker on two busy cores. */
const TEST_TIMEOUT_MS = 60_000;

jest.setTimeout(TEST_TIMEOUT_MS);
