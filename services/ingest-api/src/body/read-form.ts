import { AppError } from '@calseta/common';

const FORM = /^application\/x-www-form-urlencoded\b/i;
const MULTIPART = /^multipart\//i;
const FIELD = 'payload=';
/** `curl -d` declares every body as a form. */
const BEGINS_JSON = /^[\s\ufeff]*[{["]/;
const LOOKED_AT_BYTES = 64;

/**
 * The JSON in the field `payload` of a form, as GitHub and webhooks of Slack's kind send it; undefined when the
 * body is no form. Throws AppError('request.unsupported_media_type') for any other form.
 */
export function readForm(bytes: Buffer, contentType = ''): Buffer | undefined {
  const isForm = FORM.test(contentType);
  if (!isForm && !MULTIPART.test(contentType)) return undefined;
  if (BEGINS_JSON.test(bytes.toString('utf8', 0, LOOKED_AT_BYTES))) return undefined;
  const field = isForm ? fieldOf(bytes.toString('latin1').trim()) : undefined;
  if (field !== undefined) return field;
  throw new AppError(
    'request.unsupported_media_type',
    'The body is a form. Send JSON with "Content-Type: application/json", or one form field named "payload" ' +
      'with the JSON in it as application/x-www-form-urlencoded.',
  );
}

function fieldOf(form: string): Buffer | undefined {
  const begin = form.startsWith(FIELD) ? 0 : form.indexOf(`&${FIELD}`) + 1;
  if (!form.startsWith(FIELD, begin)) return undefined;
  const end = form.indexOf('&', begin);
  const value = new URLSearchParams(form.slice(begin, end === -1 ? undefined : end)).get('payload');
  return value === null ? undefined : Buffer.from(value);
}
