import { hasKey, valueAt } from '../reading/keys.js';
import { isRecord, listUnder, type Located, rootOf } from '../reading/located.js';
import { unwrap } from '../reading/unwrap.js';
import { type NormalizeOutcome, type SourcePlugin } from '../plugin/source-plugin.js';
import { readAsff } from './read-asff.js';
import { readFinding } from './read-finding.js';

/**
 * Amazon GuardDuty: findings of the API (PascalCase) and of EventBridge (camelCase, in `detail`), through SNS or
 * not, and Security Hub findings (ASFF) that contain them.
 */
export const awsGuardduty: SourcePlugin = { name: 'aws_guardduty', split, normalize };

const ENVELOPES = ['Message', 'detail', 'body', 'finding'];

const isFinding = (value: Record<string, unknown>): boolean =>
  isAsff(value) || isRecord(valueAt(value, 'service'));
const isAsff = (value: Record<string, unknown>): boolean =>
  hasKey(value, 'ProductArn', 'AwsAccountId', 'GeneratorId');

const unwrapped = (payload: unknown): Located => unwrap(rootOf(payload), ENVELOPES, isFinding);

/** Security Hub sends `findings`, the APIs `Findings`, queues `Records`. */
function split(payload: unknown): unknown[] | undefined {
  return listUnder(unwrapped(payload), 'findings', 'Records')?.map((one) => {
    const message = isRecord(one) ? valueAt(one, 'Sns') : undefined;
    return isRecord(message) ? message : one;
  });
}

function normalize(payload: unknown): NormalizeOutcome {
  const at = unwrapped(payload);
  return isRecord(at.value) && isAsff(at.value) ? readAsff(at) : readFinding(at);
}
