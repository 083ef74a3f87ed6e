#!/usr/bin/env node
// Prisma's schema engine from its WASM build, speaking the protocol of the native binary: one JSON-RPC
// object a line over stdio. The CLI starts it through PRISMA_SCHEMA_ENGINE_BINARY instead of downloading
// the binary, so `generate` and `migrate diff|deploy|status` work in closed networks.
// It cannot describe a live database (`migrate dev`, `db push`).
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';

const args = process.argv.slice(2);
if (args.includes('can-connect-to-database')) process.exit(0);

/** Answers the engine's first request, the only one that a diff of two files sends to a server. */
const offline = {
  provider: 'postgres',
  adapterName: 'offline',
  queryRaw: async () => ({
    columnNames: ['exists', 'version', 'numeric_version'],
    columnTypes: [ColumnTypeEnum.Boolean, ColumnTypeEnum.Text, ColumnTypeEnum.Int32],
    rows: [[true, 'PostgreSQL 18.0', 180000]],
  }),
  executeRaw: async () => 0,
  executeScript: async () => undefined,
  startTransaction: () => Promise.reject(new Error('no transaction without a server')),
  getConnectionInfo: () => ({ schemaName: 'public', supportsRelationJoins: true }),
  dispose: async () => undefined,
};

function adapterFor(method) {
  if (method === 'diff') {
    const connect = async () => offline;
    return { ...offline, connect, connectToShadowDb: connect };
  }
  const datasource = JSON.parse(args[args.indexOf('--datasource') + 1] ?? '{}');
  return new PrismaPg({ connectionString: datasource.url });
}

async function createEngine(method) {
  const wasm = await readFile(
    new URL('schema_engine_bg.wasm', import.meta.resolve('@prisma/schema-engine-wasm')),
  );
  const { instance } = await globalThis.WebAssembly.instantiate(wasm, {
    './schema_engine_bg.js': bindings,
  });
  bindings.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  const adapter = bindMigrationAwareSqlAdapterFactory(adapterFor(method));
  return bindings.SchemaEngine.new({ datamodels: undefined }, () => undefined, adapter);
}

const send = (message) =>
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

let engine;
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  try {
    engine ??= await createEngine(method);
    const result = await engine[method](params);
    if (method === 'diff') send({ id: 0, method: 'print', params: { content: result.stdout } });
    send({ id, result });
  } catch (error) {
    const data = { is_panic: false, message: error.message, meta: {} };
    send({ id, error: { code: 4466, message: error.message, data } });
  }
}
process.exit(0);
