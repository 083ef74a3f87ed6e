import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { documentRoute, type Route, type SendDocument, shareDocument } from '@calseta/platform';

/** Hash of an empty style element: Redoc adds empty ones and fills them by script. */
const EMPTY_STYLE = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='";

/** Loads nothing from other hosts and sends nothing to them. */
export const REFERENCE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  `style-src 'self' ${EMPTY_STYLE}`,
  "img-src 'self' data:",
  'font-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HTML = 'text/html; charset=utf-8';
const CSS = 'text/css; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';

const page = (name: string): string =>
  fileURLToPath(new URL(`../../pages/${name}`, import.meta.url));

/** The API reference: Redoc, from its npm package, on our own page. */
export const referencePage = (): Route[] => [
  documentRoute({
    ignoresUnknownQuery: true,
    path: '/docs',
    operationId: 'getDocs',
    summary: 'The API as a page',
    send: shareFile(page('docs.html'), HTML, { 'Content-Security-Policy': REFERENCE_POLICY }),
  }),
  documentRoute({
    ignoresUnknownQuery: true,
    path: '/docs/docs.css',
    operationId: 'getDocsStyle',
    summary: 'The style of the page',
    send: shareFile(page('docs.css'), CSS),
  }),
  documentRoute({
    ignoresUnknownQuery: true,
    path: '/docs/docs.js',
    operationId: 'getDocsScript',
    summary: 'The script of the page',
    send: shareFile(page('docs.js'), SCRIPT),
  }),
  documentRoute({
    ignoresUnknownQuery: true,
    path: '/docs/redoc.js',
    operationId: 'getRedoc',
    summary: 'What renders the page',
    send: shareFile(
      createRequire(import.meta.url).resolve('redoc/bundles/redoc.standalone.js'),
      SCRIPT,
    ),
  }),
];

/** Serves a file, which is read on the first request. */
function shareFile(
  path: string,
  contentType: string,
  headers: Record<string, string> = {},
): SendDocument {
  let shared: Promise<SendDocument> | undefined;
  const read = async (): Promise<SendDocument> =>
    shareDocument(contentType, await readFile(path, 'utf8'), headers);
  return async (req, res) => {
    shared ??= read();
    await (
      await shared
    )(req, res);
  };
}
