import { generateApiKey } from '@calseta/common';
import { callApi } from '../../system/call-api.js';
import { configEffective } from '../../system/config-effective.js';
import { type Operation } from '../api/read-description.js';
import { type Target } from '../target/start-target.js';
import { createClient } from '../wire/create-client.js';

export type Outcome = 'admitted' | 'unknown' | 'forbidden';

/** One request of the matrix: a route, and optionally a field in its body. */
export type Question = { operation: Operation; field: string | undefined };

/** One kind of key, and the status that it has to get. */
export type Holder = {
  name: string;
  authorization: string | undefined;
  expect: (question: Question) => Outcome;
};

/** The source that is asked for, and another that the restricted key is for. */
export const SOURCE = 'generic';
export const OTHER_SOURCE = 'elastic';
const INGEST = '/v1/ingest/{source_name}';
/** Scopes that each scope includes, as docs/security.md says. */
const INCLUDED: Record<string, readonly string[]> = {
  'alerts:write': ['alerts:ingest', 'findings:write', 'alerts:triage'],
};
const ADMIN = 'admin';
const EXPIRES_MS = 2_000;
const FROM = '127.66.8.250';

/** Scope of a route that every valid key may call. */
const ANY_SCOPE = 'any';

/** Creates a key of every kind: none, invalid, expired or revoked, and one for each single scope. */
export async function makeHolders(target: Target, scopes: readonly string[]): Promise<Holder[]> {
  const make = async (options: object) =>
    await callApi<{ id: string; key: string }>(target, 'POST', '/v1/api-keys', {
      name: 'of the matrix',
      key_type: 'human',
      scopes: [ADMIN],
      ...options,
    });
  const inAWhile = new Date(Date.now() + EXPIRES_MS).toISOString();
  const expired = await make({ expires_at: inAWhile });
  const revoked = await make({});
  await revoke(target, revoked.id);
  const bound = await make({ scopes: ['alerts:ingest'], allowed_sources: [OTHER_SOURCE] });
  const agent = await make({ key_type: 'agent' });
  const alone = await Promise.all(scopes.map(async (scope) => await make({ scopes: [scope] })));
  // Longer than the lifetime of the short-lived key.
  await configEffective();
  const bearer = (key = ''): string => `Bearer ${key}`;
  const holders: Holder[] = [
    refused('no key', undefined),
    refused('no Bearer', target.apiKey),
    refused('Basic', `Basic ${Buffer.from(`:${target.apiKey}`).toString('base64')}`),
    refused('no key of ours', bearer('cai_short')),
    refused('an unknown id', bearer(generateApiKey().key)),
    refused('a wrong secret', bearer(`cai_${bound.id}_${'A'.repeat(43)}`)),
    refused('revoked', bearer(revoked.key)),
    refused('expired', bearer(expired.key)),
    ...scopes.map((scope, index) => ({
      name: `${scope} alone`,
      authorization: bearer(alone[index]?.key),
      expect: (question: Question) => outcomeOf(isHeld(scope, question)),
    })),
    {
      name: 'an agent with admin',
      authorization: bearer(agent.key),
      expect: ({ operation }) => outcomeOf(operation.keyType !== 'human'),
    },
    {
      name: 'a key of another source',
      authorization: bearer(bound.key),
      expect: (question) =>
        outcomeOf(isHeld('alerts:ingest', question) && question.operation.path !== INGEST),
    },
  ];
  return holders.map(({ expect, ...holder }) => ({
    ...holder,
    // The token in the path does not exist.
    expect: (question) => (question.operation.isKeyInPath ? 'unknown' : expect(question)),
  }));
}

const refused = (name: string, authorization: string | undefined): Holder => ({
  name,
  authorization,
  expect: ({ operation }) => (operation.scopes === null ? 'admitted' : 'unknown'),
});

const outcomeOf = (isAdmitted: boolean): Outcome => (isAdmitted ? 'admitted' : 'forbidden');

function isHeld(scope: string, { operation, field }: Question): boolean {
  const includes = (needed: string): boolean =>
    scope === ADMIN || needed === scope || INCLUDED[scope]?.includes(needed) === true;
  const forField = field === undefined ? undefined : operation.fieldScopes[field];
  const hasRoute =
    operation.scopes === null ||
    operation.scopes.includes(ANY_SCOPE) ||
    operation.scopes.some(includes);
  // None of the keys is of an agent.
  const others = [forField, operation.unlessOwnAgent].filter((needed) => needed !== undefined);
  return hasRoute && others.every(includes);
}

async function revoke({ apiUrl, apiKey: key }: Target, id: string): Promise<void> {
  await using client = createClient(apiUrl, FROM);
  await client.call({ method: 'DELETE', path: `/v1/api-keys/${id}`, key });
}
