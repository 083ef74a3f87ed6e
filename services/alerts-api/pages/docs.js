const DESCRIPTION = new URL('openapi.json', document.baseURI);
const ERROR = /^#error-([\w.]+)$/;

/** A problem's `type` links to `/docs#error-<code>`, which shows the meaning of the code at the top of the page. */
async function showError(code) {
  const description = await (await fetch(DESCRIPTION)).json();
  const known = description['x-error-codes'][code];
  const box = document.getElementById('error');
  box.textContent = known
    ? `${code} (${known.status}): ${known.description}`
    : `${code} is no code of this version.`;
  box.hidden = false;
}

const [, code] = ERROR.exec(location.hash) ?? [];
if (code !== undefined) {
  // From the moment it loads, Redoc reads a fragment as the address of an operation.
  history.replaceState(null, '', location.pathname);
  void showError(code);
}
addEventListener('hashchange', () => {
  if (ERROR.test(location.hash)) location.reload();
});

const { init } = await import('./redoc.js');
init(
  String(DESCRIPTION),
  { disableTelemetry: true, router: 'hash' },
  document.getElementById('reference'),
);
