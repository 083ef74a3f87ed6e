/** Tables with rows for each alert: to build an index, check or rewrite them takes minutes, during which they are locked. */
const LARGE_TABLES = new Set([
  'activity',
  'alert_comments',
  'alert_indicators',
  'alert_occurrences',
  'alert_texts',
  'alert_updates',
  'alerts',
  'dedup_slots',
  'deliveries',
  'delivery_attempts',
  'enrichment_results',
  'findings',
  'idempotency_records',
  'indicators',
  'provider_lookups',
  'provider_requests',
]);

type Rule = {
  what: RegExp;
  why: string;
  /** False: for small tables too. */
  onlyLarge: boolean;
};

const RULES: Rule[] = [
  {
    what: /\bDROP\s+COLUMN\b|\bDROP\s+TABLE\b|\bRENAME\s+(?:COLUMN\b|TO\b)|^ALTER\s+TABLE\b.*\bRENAME\b/is,
    why: 'The release before still uses it: stop to use it in one release, and drop it in the next.',
    onlyLarge: false,
  },
  {
    what: /\bADD\s+COLUMN\b(?:(?!,\s*ADD\b|\bDEFAULT\b)[^;])*\bNOT\s+NULL\b(?!(?:(?!,\s*ADD\b)[^;])*\bDEFAULT\b)/is,
    why: 'The release before inserts rows without it: give it a DEFAULT.',
    onlyLarge: false,
  },
  {
    what: /\bALTER\s+COLUMN\b[^,;]*\b(?:SET\s+DATA\s+)?TYPE\b/is,
    why: 'It rewrites the table under a lock: add a column of the new type.',
    onlyLarge: false,
  },
  {
    what: /\bSET\s+NOT\s+NULL\b/is,
    why: 'The release before may write NULL.',
    onlyLarge: false,
  },
  {
    what: /\bADD\s+COLUMN\b[^,;]*\bDEFAULT\s+(?:gen_random_uuid|random|clock_timestamp)\b/is,
    why: 'A default that differs by row rewrites the table under a lock: set it afterwards.',
    onlyLarge: true,
  },
  {
    what: /\bADD\s+(?:CONSTRAINT\s+\S+\s+)?(?:CHECK|FOREIGN\s+KEY)\b(?![^;]*\bNOT\s+VALID\b)/is,
    why: 'It reads the whole table under a lock: NOT VALID, and VALIDATE CONSTRAINT in the next migration.',
    onlyLarge: true,
  },
  {
    what: /\bADD\s+(?:CONSTRAINT\s+\S+\s+)?(?:UNIQUE|PRIMARY\s+KEY)\b(?!\s+USING\s+INDEX)/is,
    why: 'It builds an index under a lock: build it concurrently, then USING INDEX.',
    onlyLarge: true,
  },
  {
    what: /^(?:VACUUM\s+FULL|CLUSTER|LOCK\s+TABLE|TRUNCATE|REINDEX(?!.*CONCURRENTLY))\b/is,
    why: 'It locks out everybody.',
    onlyLarge: false,
  },
];

const CONCURRENTLY = /^CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\b/i;
const INDEX = /^CREATE\s+(?:UNIQUE\s+)?INDEX\b.*?\bON\s+(?:ONLY\s+)?"?(\w+)"?/is;
const TABLE = /^ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?"?(\w+)"?/i;
const NEW_TABLE = /^CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?"?(\w+)"?/i;
const PART = /--[^\n]*|\$(\w*)\$[\s\S]*?\$\1\$|'(?:[^']|'')*'|;|[^;'$-]+|[\s\S]/g;

/** What a migration must not do while services run, each with the way to do it. */
export function findFaults(sql: string): string[] {
  const statements = splitStatements(sql);
  const created = new Set(statements.flatMap((text) => NEW_TABLE.exec(text)?.[1] ?? []));
  return statements.flatMap((statement) => [
    ...faultsOfIndex(statement, created, statements.length),
    ...faultsOfStatement(statement, created),
  ]);
}

function faultsOfIndex(statement: string, created: Set<string>, count: number): string[] {
  if (CONCURRENTLY.test(statement)) {
    if (!/\bIF\s+NOT\s+EXISTS\b/i.test(statement)) {
      return [`${brief(statement)}: IF NOT EXISTS is missing, so it cannot be repeated.`];
    }
    return count === 1 ? [] : [`${brief(statement)}: it must be alone in its migration.`];
  }
  const [, table = ''] = INDEX.exec(statement) ?? [];
  if (!LARGE_TABLES.has(table) || created.has(table)) return [];
  return [
    `${brief(statement)}: nobody can write ${table} meanwhile: CREATE INDEX CONCURRENTLY IF NOT EXISTS.`,
  ];
}

function faultsOfStatement(statement: string, created: Set<string>): string[] {
  const [, table = ''] = TABLE.exec(statement) ?? [];
  if (created.has(table)) return [];
  return RULES.filter(({ onlyLarge }) => !onlyLarge || LARGE_TABLES.has(table))
    .filter(({ what }) => what.test(statement))
    .map(({ why }) => `${brief(statement)}: ${why}`);
}

/** Statements without comments and without what is quoted. */
function splitStatements(sql: string): string[] {
  const statements = [''];
  for (const [part] of sql.matchAll(PART)) {
    if (part === ';') statements.push('');
    else if (!part.startsWith('--'))
      statements.push(`${statements.pop() ?? ''}${withoutText(part)}`);
  }
  return statements.map((text) => text.trim()).filter(Boolean);
}

const withoutText = (part: string): string =>
  part.startsWith("'") ? "''" : /^\$\w*\$/.test(part) ? "''" : part;

const brief = (statement: string): string => statement.replaceAll(/\s+/g, ' ').slice(0, 80);
