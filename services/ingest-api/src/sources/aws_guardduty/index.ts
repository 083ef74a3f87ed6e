import {
  childOf,
  isRecord,
  listWithRecords,
  type Located,
  parseEmbedded,
  rootOf,
} from '../reading/located.js';
import { unwrap } from '../reading/unwrap.js';
import type { NormalizeOutcome, SourcePlugin } from '../source-plugin.js';
import { readAsff } from './read-asff.js';
import { readFinding } from './read-finding.js';

/**
 * Amazon GuardDuty: findings of the API (PascalCase) and of EventBridge (camelCase, in `detail`), through
 * SNS or not, and Security Hub findings (ASFF) that stand around them.
 */
export const awsGuardduty: SourcePlugin = { name: 'aws_guardduty', split, normalize };

const ENVELOPES = ['Message', 'detail', 'body', 'finding', 'Finding'];

const isFinding = (value: Record<string, unknown>): boolean =>
  isAsff(value) || isRecord(value['service'] ?? value['Service']);
const isAsff = (value: Record<string, unknown>): boolean =>
  'ProductArn' in value || 'AwsAccountId' in value || 'GeneratorId' in value;

const unwrapped = (payload: unknown): Located => unwrap(rootOf(payload), ENVELOPES, isFinding);

/** Security Hub sends `findings`, the APIs `Findings`, queues `Records`. */
function split(payload: unknown): unknown[] | undefined {
  const at = unwrapped(payload);
  if (!isRecord(at.value)) return undefined;
  return ['findings', 'Findings', 'Records']
    .map((key) => listWithRecords(parseEmbedded(childOf(at, key)).value))
    .find((list) => list)
    ?.map((one) => (isRecord(one) && isRecord(one['Sns']) ? one['Sns'] : one));
}

function normalize(payload: unknown): NormalizeOutcome {
  const at = unwrapped(payload);
  return isRecord(at.value) && isAsff(at.value) ? readAsff(at) : readFinding(at);
}
