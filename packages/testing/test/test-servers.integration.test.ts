import { connect } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { testDatabase, testRabbitmq } from '../src/index.js';

async function query(url: string, sql: string) {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('testDatabase', () => {
  test('gives databases that do not see each other', async () => {
    await using one = await testDatabase();
    await using other = await testDatabase();
    await query(one.url, 'CREATE TABLE only_here (id int)');
    const [row] = await query(other.url, `SELECT to_regclass('only_here') AS found`);
    expect(row).toEqual({ found: null });
  });

  test('is gone once dropped', async () => {
    const database = await testDatabase();
    await database.drop();
    await expect(query(database.url, 'SELECT 1')).rejects.toThrow('does not exist');
  });

  test('names the connection that a test left open', async () => {
    const database = await testDatabase();
    const client = new Client({ connectionString: database.url, application_name: 'forgetful' });
    client.on('error', () => undefined);
    await client.connect();
    await expect(database.drop()).rejects.toThrow(/1 connection.*left open: forgetful idle/);
    await client.end().catch(() => undefined);
  });
});

describe('testRabbitmq', () => {
  test('gives a virtual host of its own on a server that is up', async () => {
    await using one = await testRabbitmq();
    await using other = await testRabbitmq();
    expect(new URL(one.url).host).toBe(new URL(other.url).host);
    expect(new URL(one.url).pathname).not.toBe(new URL(other.url).pathname);
    const { hostname, port } = new URL(one.url);
    await new Promise<void>((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => {
        socket.destroy();
        resolve();
      });
      socket.once('error', reject);
    });
  });
});
