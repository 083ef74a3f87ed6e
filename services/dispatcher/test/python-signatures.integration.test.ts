import { spawnSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { sign } from '@calseta/common';
import { decodeSigningSecret, generateSigningSecret } from '@calseta/platform';
import { expect, test } from '@jest/globals';

/** Interpreter of Python 3 that has the package `standardwebhooks` of PyPI. */
const PYTHON = process.env['TEST_PYTHON'] ?? 'python3';
const BODIES = 1_000;
/** As large as a push may be by default. */
const LARGE_BYTES = 300_000;
const TIMEOUT_MS = 60_000;

/** Why the test cannot run on this machine; undefined when it can. */
function obstacle(): string | undefined {
  const { status, error } = spawnSync(PYTHON, ['-c', 'import standardwebhooks']);
  if (error) return `there is no ${PYTHON}`;
  return status === 0 ? undefined : `${PYTHON} lacks it: pip install standardwebhooks`;
}

const VERIFIER = `
import base64, json, sys
from standardwebhooks import Webhook, WebhookVerificationError

given = json.load(sys.stdin)
receivers = [Webhook(secret) for secret in given["secrets"]]
stranger = Webhook(given["stranger"])
told = {"verified": 0, "refused": 0}
for message in given["messages"]:
    body = base64.b64decode(message["body"])
    for receiver in receivers:
        receiver.verify(body, message["headers"])
        told["verified"] += 1
    try:
        stranger.verify(body, message["headers"])
    except WebhookVerificationError:
        told["refused"] += 1
print(json.dumps(told))
`;

/** Text of every kind: any bytes as UTF-8 or Latin-1, in JSON with spaces that no writer puts there. */
function aBody(count: number): string {
  const bytes = randomBytes(count % 50 === 0 ? LARGE_BYTES : randomInt(1_000));
  const value = bytes.toString(count % 2 === 0 ? 'utf8' : 'latin1');
  const json = JSON.stringify({ count, value });
  return count % 3 === 0 ? json : `{ ${json.slice(1, -1)} }`;
}

function aMessage(count: number, keys: readonly Uint8Array[]) {
  const body = aBody(count);
  const message = { webhookId: `msg_${count}`, timestampSeconds: Math.floor(Date.now() / 1_000) };
  return {
    body: Buffer.from(body).toString('base64'),
    headers: {
      'webhook-id': message.webhookId,
      'webhook-timestamp': String(message.timestampSeconds),
      'webhook-signature': sign({ ...message, body }, keys),
    },
  };
}

const missing = obstacle();
const name = `${BODIES.toLocaleString('en-US')} random bodies verify with standardwebhooks of PyPI, by both secrets of a rotation`;

(missing === undefined ? test : test.skip)(
  missing === undefined ? name : `${name} (skipped: ${missing})`,
  () => {
    const secrets = [generateSigningSecret(), generateSigningSecret()];
    const keys = secrets.map((secret) => {
      const key = decodeSigningSecret(secret);
      if (!key) throw new Error('no key');
      return key;
    });
    const messages = Array.from({ length: BODIES }, (_, count) => aMessage(count, keys));
    const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', VERIFIER], {
      input: JSON.stringify({ secrets, stranger: generateSigningSecret(), messages }),
      maxBuffer: 1_000_000,
    });
    expect([status, stderr.toString()]).toEqual([0, '']);
    expect(JSON.parse(stdout.toString())).toEqual({ verified: 2 * BODIES, refused: BODIES });
  },
  TIMEOUT_MS,
);
