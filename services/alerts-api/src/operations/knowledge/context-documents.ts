import { type PageQuery, type UploadContextDocuments, uploadedDocuments } from '@calseta/common';
import { type ContextDocumentStore } from '@calseta/database';
import { found } from '../found.js';
import { operation } from '../operation.js';
import { toPageRequest } from '../page.js';
import { type ByUuid, resourceOperations } from '../resources.js';

export type ContextDocumentOperations = ReturnType<typeof contextDocumentOperations>;

/** Context documents and their versions. */
export const contextDocumentOperations = (store: ContextDocumentStore) => {
  const scopes = { read: 'alerts:read', write: 'config:write' } as const;
  return {
    ...resourceOperations({ noun: 'context document', scopes, store }),
    upload: operation(
      { scope: scopes.write },
      async (upload: UploadContextDocuments) => await store.createAll(uploadedDocuments(upload)),
    ),
    listVersions: operation(
      { scope: scopes.read },
      async ({ uuid, ...query }: ByUuid & PageQuery) =>
        found('context document', await store.listVersions(uuid, toPageRequest(query))),
    ),
    getVersion: operation(
      { scope: scopes.read },
      async ({ uuid, version }: ByUuid & { version: number }) =>
        found('version of this context document', await store.getVersion(uuid, version)),
    ),
  };
};
