import { assembleAlert } from '../reading/assemble-alert.js';
import { rootOf } from '../reading/located.js';
import { type NormalizeOutcome, type SourcePlugin } from '../plugin/source-plugin.js';
import { genericPayloadSchema } from './payload.js';

/** Any sender that can POST JSON in our own documented format. */
export const generic: SourcePlugin = { name: 'generic', normalize };

function normalize(payload: unknown): NormalizeOutcome {
  const parsed = genericPayloadSchema.safeParse(payload);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => ({
      pointer: issue.path.map((segment) => `/${String(segment)}`).join(''),
      message: issue.message,
    }));
    return { kind: 'invalid', issues };
  }
  return assembleAlert(rootOf(payload), { title: parsed.data.title.trim(), severity: 'Pending' });
}
