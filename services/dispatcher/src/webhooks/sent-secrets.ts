import { type AgentSecrets } from '../domain/agent.js';
import { MIN_SECRET_CHARACTERS, readingsOf } from '@calseta/http-steps';

/**
 * The parts of an agent's configuration that must not appear in its stored deliveries: its `Authorization` and its
 * further headers, with and without a scheme, the parts of those, and the path of its URL, which many webhooks use as
 * a credential.
 */
export function secretsOfAgent(
  webhookUrl: string,
  { authHeader, headers }: Pick<AgentSecrets, 'authHeader' | 'headers'>,
): string[] {
  const { pathname, search } = new URL(webhookUrl);
  const values = [...(authHeader === undefined ? [] : [authHeader]), ...Object.values(headers)];
  return [...values.flatMap(secretsOfHeader), pathname + search, pathname, search];
}

/**
 * The parts of `v1,<base64> v1,<base64>`. A signature allows its reader to send the same push again for some
 * minutes.
 */
export function secretsOfSignature(signatureHeader: string): string[] {
  return signatureHeader.split(' ').flatMap((part) => {
    const text = part.slice(part.indexOf(',') + 1).replace(/=$/, '');
    const bytes = Buffer.from(text, 'base64');
    return [part, text, bytes.toString('base64url'), bytes.toString('hex')];
  });
}

/** 32 bytes in base64 without padding; other encodings of a signature are longer. */
const SIGNATURE_LIKE = /[\w+/-]{43}/;

/** Whether the text can contain a signature. Few answers have such a long word, so this saves most searches. */
export const mayHoldSignature = (text: string): boolean =>
  text.length >= 43 && readingsOf(text).some((reading) => SIGNATURE_LIKE.test(reading.text));

function secretsOfHeader(header: string): string[] {
  const value = header.trim();
  const [, scheme = '', rest = ''] = /^(\S+) +(\S.*)$/.exec(value) ?? [];
  const credential = rest === '' ? value : rest;
  const parameters = [...credential.matchAll(/=\s?"([^"]*)"|=([^\s",]+)/g)].map(
    ([, quoted = '', plain = '']) => quoted + plain,
  );
  const basic =
    scheme.toLowerCase() === 'basic' ? Buffer.from(credential, 'base64').toString('latin1') : '';
  const password = basic.slice(basic.indexOf(':') + 1);
  return [
    value,
    credential,
    credential.replace(/={1,2}$/, ''),
    basic,
    password,
    ...parameters,
  ].filter(({ length }) => length >= MIN_SECRET_CHARACTERS);
}
