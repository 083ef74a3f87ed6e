import { type Prisma, type PrismaClient } from '../../generated/client.js';
import { asTold, SET_ACTOR, untoldActor } from '../audit-actor.js';

const READING = /^(find|count|aggregate|groupBy)/;

/** Throws errors with codes, and says who acts before each change. The extended client lacks only `$on`, which is not used. */
export function withCodedErrors(
  client: PrismaClient,
  rethrowCoded: (error: unknown) => never,
): PrismaClient {
  const coded = client.$extends({
    query: {
      async $allOperations({ operation, args, query }): Promise<unknown> {
        const actor = READING.test(operation) ? undefined : untoldActor();
        const asked = query(args) as Prisma.PrismaPromise<unknown>;
        if (actor === undefined) return await asked.catch(rethrowCoded);
        const changing = client.$transaction([tellActor(client, actor), asked]);
        const [, result] = await changing.catch(rethrowCoded);
        return result;
      },
    },
  }) as unknown as PrismaClient;
  // Prisma extensions do not see begin and commit.
  return new Proxy(coded, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (name !== '$transaction' || typeof member !== 'function') return member;
      return async (...given: unknown[]) =>
        await transactAsActor(target, member as Transact, given).catch(rethrowCoded);
    },
  });
}

type Transact = (...given: unknown[]) => Promise<unknown>;

const tellActor = (client: Pick<PrismaClient, '$executeRawUnsafe'>, actor: string) =>
  client.$executeRawUnsafe(SET_ACTOR, actor);

/** Begins a transaction of Prisma, a list of statements or a function, by saying who acts. */
async function transactAsActor(
  client: PrismaClient,
  transact: Transact,
  [work, ...options]: unknown[],
): Promise<unknown> {
  const actor = untoldActor();
  const run = async (changed: unknown): Promise<unknown> =>
    await transact.apply(client, [changed, ...options]);
  if (actor === undefined) return await run(work);
  return await asTold(actor, async () => {
    if (!Array.isArray(work)) return await run(toldFirst(work as Interactive, actor));
    const [, ...results] = (await run([
      tellActor(client, actor),
      ...(work as unknown[]),
    ])) as unknown[];
    return results;
  });
}

type Interactive = (tx: Pick<PrismaClient, '$executeRawUnsafe'>) => Promise<unknown>;

const toldFirst =
  (work: Interactive, actor: string): Interactive =>
  async (tx) => {
    await tellActor(tx, actor);
    return await work(tx);
  };
