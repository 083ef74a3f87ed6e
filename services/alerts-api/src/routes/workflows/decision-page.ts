import { createHash } from 'node:crypto';
import { type ApprovalResource, neutralize, questionLines } from '@calseta/common';

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}' +
  'dt{font-weight:600}dd{margin:0 0 .5rem;overflow-wrap:anywhere;white-space:pre-wrap}' +
  '.untrusted{border:2px solid #b45309;padding:.5rem 1rem;margin:1rem 0}' +
  'pre{white-space:pre-wrap;overflow-wrap:anywhere}textarea{width:100%;box-sizing:border-box}' +
  'button{font:inherit;padding:.5rem 1.5rem;margin-right:1rem}';

/** Runs no script, loads nothing, and sends the form to us alone. */
export const DECISION_PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What is asked, with a form to decide: the words of whoever asks stand apart. */
export function renderDecisionPage(approval: ApprovalResource, approverName: string): string {
  const lines = questionLines(approval).map(
    ({ label, value }) => `<dt>${escaped(label)}</dt><dd>${escaped(value)}</dd>`,
  );
  const confidence =
    approval.confidence === undefined
      ? ''
      : `<p>It says that it is sure to ${Math.round(approval.confidence * 100)} %.</p>`;
  return page(
    'Decide about a run',
    `<p>${escaped(approverName)}, you are asked to decide:</p>
<dl>${lines.join('')}</dl>
<section class="untrusted"><h2>The words of whoever asks</h2>
<p>They are untrusted: an attacker may have talked an agent into them. Decide by what stands above.</p>
<pre>${escaped(approval.requested_reason)}</pre>${confidence}</section>
<form method="post"><p><label>Why you decide so<br>
<textarea name="reason" rows="4" maxlength="2000" required></textarea></label></p>
<p><button name="decision" value="approve">Approve</button>
<button name="decision" value="reject">Reject</button></p></form>`,
  );
}

/** A page that says one thing. */
export const renderNoticePage = (title: string, sentence: string): string =>
  page(title, `<p>${escaped(sentence)}</p>`);

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="robots" content="noindex">
<meta name="viewport" content="width=device-width"><title>${escaped(title)} · Calseta</title>
<style>${STYLE}</style></head><body><h1>${escaped(title)}</h1>
${body}
</body></html>
`;

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string =>
  neutralize(text).text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
