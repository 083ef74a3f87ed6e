export type CallFrame = { functionName: string; url: string; lineNumber: number };

const OUR_PACKAGE = /\/([^/]+)\/(?:dist|src)\/[^:]*$/;

/** `read packages/platform/dist/read.js:10`. */
export function placeOf({ functionName, url, lineNumber }: CallFrame): string {
  if (url === '') return functionName || '(native)';
  const file = url
    .replace(/^file:\/\//, '')
    .replace(/^.*\/node_modules\/(?!.*\/node_modules\/)/, '')
    .replace(/^.*\/((?:packages|services|bench)\/)/, '$1');
  return `${functionName || '(anonymous)'} ${file}:${lineNumber + 1}`;
}

/** The package (ours or from npm), the part of Node, or the profiler's own name for an activity. */
export function areaOf({ functionName, url }: CallFrame): string {
  if (url === '') return functionName.startsWith('(') ? functionName : 'native';
  if (url.startsWith('node:')) return nodePart(url);
  const [, installed] = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? [];
  const [, ours] = OUR_PACKAGE.exec(url) ?? [];
  if (installed !== undefined) return installed;
  return ours === undefined ? 'other' : `@calseta/${ours}`;
}

/** `node:net`; `node:http` for `node:_http_outgoing`; `node:internal/streams` for its submodules. */
function nodePart(url: string): string {
  const [top = '', below] = url.slice('node:'.length).split('/');
  if (top === 'internal' && below !== undefined) return `node:internal/${below}`;
  return `node:${top.replace(/^_(http|tls|stream)_.*$/, '$1')}`;
}
