import { assembleAlert, unreadable } from '../reading/assemble-alert.js';
import { find } from '../reading/find.js';
import { hasKey } from '../reading/keys.js';
import { isRecord, type Located, rootOf } from '../reading/located.js';
import { pickSeverity, type ReadSeverity, readSeverity } from '../reading/severity.js';
import { pickText, pickTexts } from '../reading/text.js';
import { pickTime } from '../reading/time.js';
import { type NormalizeOutcome, type SourcePlugin } from '../plugin/source-plugin.js';

/**
 * GitHub: webhooks of Dependabot, code scanning and secret scanning alerts, and of security advisories. The ping
 * of a new webhook contains no alert.
 */
export const github: SourcePlugin = { name: 'github', split, normalize };

const isPing = (payload: unknown): boolean =>
  isRecord(payload) && hasKey(payload, 'zen') && hasKey(payload, 'hook_id');

function split(payload: unknown): unknown[] | undefined {
  return isPing(payload) ? [] : undefined;
}

/** Webhook actions that end an alert. */
const ENDS =
  /^(?:fixed|dismissed|auto_dismissed|resolved|revoked|closed_by_user|withdrawn|dismiss|resolve)$/i;

function normalize(payload: unknown): NormalizeOutcome {
  const at = rootOf(payload);
  const holder = ['alert', 'security_advisory', 'repository_advisory']
    .flatMap((path) => find(at, path))
    .find(({ value }) => isRecord(value));
  if (holder === undefined) return unreadable(at, 'Neither an alert nor an advisory was found.');
  const action = pickText(at, 'action');
  const repository = pickText(at, 'repository.full_name');
  return assembleAlert(at, {
    ...titleOf(holder),
    description: pickText(
      holder,
      'security_advisory.description',
      'rule.full_description',
      'most_recent_instance.message.text',
      'description',
      'rule.description',
    ),
    ...severityOf(holder),
    occurredAt: pickTime(holder, 'created_at', 'published_at', 'updated_at'),
    tags: [
      ...(repository === undefined ? [] : [`repository:${repository}`]),
      ...pickTexts(holder, 'tool.name', 'dependency.package.name', 'secret_type', 'rule.tags'),
    ],
    nativeAlertId: idOf(holder, repository),
    sourceRuleId: pickText(
      holder,
      'rule.id',
      'security_advisory.ghsa_id',
      'secret_type',
      'ghsa_id',
    ),
    sourceRuleName: pickText(
      holder,
      'rule.description',
      'security_advisory.summary',
      'secret_type_display_name',
      'summary',
    ),
    sourceUrl: pickText(holder, 'html_url'),
    ...(action !== undefined && { sourceStatus: action }),
    ...(action !== undefined && ENDS.test(action) && { isEnd: true as const }),
  });
}

function titleOf(holder: Located): { title: string | undefined; guessedTitle: string } {
  const secret = pickText(holder, 'secret_type_display_name', 'secret_type');
  const found = pickText(
    holder,
    'security_advisory.summary',
    'rule.description',
    'rule.name',
    'summary',
  );
  return {
    title: found ?? (secret === undefined ? undefined : `Secret in repository: ${secret}`),
    guessedTitle: `GitHub alert ${pickText(holder, 'number') ?? ''}`.trim(),
  };
}

/** The security severity of a rule is more precise than its level of error or note. */
const severityOf = (holder: Located): ReadSeverity =>
  readSeverity([
    pickSeverity(holder, 'rule.security_severity_level'),
    pickSeverity(holder, 'security_vulnerability.severity', 'security_advisory.severity'),
    pickSeverity(holder, 'severity'),
    pickSeverity(holder, 'rule.severity'),
  ]);

/** Alerts of each kind are numbered per repository. */
function idOf(holder: Located, repository: string | undefined): string | undefined {
  const url = pickText(holder, 'html_url', 'url');
  if (url !== undefined) return url;
  const number = pickText(holder, 'number');
  const kind = ['secret_type', 'rule', 'security_advisory'].find(
    (key) => find(holder, key).length > 0,
  );
  return number === undefined || repository === undefined
    ? pickText(holder, 'ghsa_id')
    : `${repository}/${kind ?? 'alert'}/${number}`;
}
