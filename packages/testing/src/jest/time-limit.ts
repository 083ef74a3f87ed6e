import { jest } from '@jest/globals';

/** Enough for a test that starts servers and stops a broker while others do the same on two cores. */
const TEST_TIMEOUT_MS = 180_000;

jest.setTimeout(TEST_TIMEOUT_MS);
