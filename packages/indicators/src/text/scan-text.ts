import { refangRewritten } from '../values/refang.js';
import { type RewrittenText, type Span, rewritten } from '../values/rewritten-text.js';
import { type Finding, type FindingBudget, type TextPolicy, createFindings } from './finding.js';
import { scanAccounts } from './scan-accounts.js';
import { scanEmails } from './scan-emails.js';
import { scanTokens } from './scan-tokens.js';
import { scanUrls } from './scan-urls.js';

const INVISIBLE = /[\u200b-\u200d\u2060\ufeff]/g;
/** Escapes of HTML (`&amp;`), JSON (`\"`, `\/`) and CEF (`\=`). */
const ESCAPED = /(&)(?:amp;)+|\\(["/=])/g;
const USER_AGENT =
  /\b(?:Mozilla|Opera|Dalvik|curl|python-requests|okhttp|Go-http-client|aws-cli|Boto3)\/[\w.]{1,12}(?:\s\([^()]{0,300}\))?(?:\s[A-Za-z]{2,24}\/[\w.+-]{1,40}(?:\s\([^()]{0,300}\))?){0,16}/g;

/** The text as the scanners read it: without zero-width characters, user agents, escapes and defanging. */
export function readableText(text: string): RewrittenText {
  const readable = rewritten(text);
  readable.replace(INVISIBLE, '');
  readable.replace(ESCAPED, '$1$2');
  refangRewritten(readable);
  if (readable.text.includes('/')) readable.replaceSpans(userAgents(readable.text), ' ');
  return readable;
}

const userAgents = (text: string): Span[] =>
  [...text.matchAll(USER_AGENT)].map(({ index, 0: { length } }) => [index, index + length]);

const MAX_DEFANG_CHECKS = 50;

/** For a refanged text, a function that tells whether a piece was defanged in the original. */
export function defangCheck(original: string, readable: string): TextPolicy['isDefanged'] {
  if (original === readable) return undefined;
  let checks = 0;
  return (written) => (checks += 1) <= MAX_DEFANG_CHECKS && !original.includes(written);
}

/** Finds indicators in free text. Takes linear time for any text. */
export function scanText(readable: string, policy: TextPolicy, budget: FindingBudget): Finding[] {
  const findings = createFindings(budget);
  const urls = scanUrls(readable, policy, findings);
  const emails = scanEmails(readable, policy, urls, findings);
  const taken = emails.length === 0 ? urls : [...urls, ...emails].sort((a, b) => a[0] - b[0]);
  scanTokens(readable, policy, taken, findings);
  if (policy.isProse) scanAccounts(readable, findings);
  return findings.all();
}
