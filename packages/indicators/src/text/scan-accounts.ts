import { isPlaceholder } from '../canonicalize/account.js';
import { type Findings } from './finding.js';

const QUICK = /user|usr|acc(?:oun)?t|logon|login|password for|ssh2|\\/i;

const PARTY =
  'src|dst|dest|target|subject|source|destination|actor|logon|login|remote|client|effective';
/** Keys in logs and labels in reports whose value is an account. */
const KEY = String.raw`(?:(?:(?:${PARTY})[_ ]?)?(?:user|account|logon|login)(?:[_. ]?(?:name|login|loginname))?|[sd]user|acct|usr(?:name)?|samaccountname|userprincipalname)`;
/** Built-in accounts of Windows. CEF doubles the backslash. */
const BUILT_IN = String.raw`(?:NT AUTHORITY|NT SERVICE|BUILTIN|Window Manager|Font Driver Host)\\{1,2}(?:LOCAL SERVICE|NETWORK SERVICE|ANONYMOUS LOGON|[\w.$-]{1,64})`;
/** Not a key of the registry: `HKLM\Run`. */
const IN_REALM = String.raw`(?!HK[A-Z_]{1,24}\\)[\w.-]{1,64}\\[\w.$-]{1,64}(?![\w\\])`;
const NAME_CHARACTER = String.raw`[^\s"'\x60,;|()<>[\]{}=&^*]`;
const NAME = `${NAME_CHARACTER}{1,104}(?!${NAME_CHARACTER})`;
const BOLD = String.raw`\*{0,2}`;
const QUOTE = String.raw`["'\x60]`;
/** The next key or label, which follows directly if the value is empty. */
const NEXT_KEY = String.raw`=|\s{1,8}(?:ID|Name|Domain|Type|GUID)\s{0,8}:`;

/** `user=admin`, `Account Name: jdoe`, and in Markdown **User:** `jdoe`. */
const AFTER_KEY = new RegExp(
  String.raw`(?<![\w/-]|last )${KEY}["'*_\x60]{0,3}(?:\s?= ?|\s?:${BOLD}\s{0,8})${BOLD}(?<quote>${QUOTE}?)(?<name>${BUILT_IN}|${NAME})(?=\k<quote>|$)(?!${NEXT_KEY})`,
  'gi',
);
/** `by CORP\jdoe`, `via CORP\svc_sql`. */
const AFTER_WORD = new RegExp(
  String.raw`\b(?:user|account|by|as|via|logon|login)\s["']?(?<name>${BUILT_IN}|${IN_REALM})`,
  'gi',
);
/** `user 'jdoe'`. */
const QUOTED = new RegExp(
  String.raw`\b(?:user|username|account)\s(?<quote>${QUOTE})(?<name>${NAME})(?=\k<quote>)`,
  'gi',
);
/** `Failed password for invalid user jdoe from 192.0.2.1`, `Disconnected from authenticating user jdoe 192.0.2.1`. */
const OF_SSHD = new RegExp(
  String.raw`\b(?:(?:(?:failed|accepted) [\w/-]{1,32}|exceeded) for(?: (?:invalid|illegal) user)?|(?:invalid|illegal|authenticating) user) (?<name>${NAME})(?= (?:from )?[\da-f]{1,4}[.:])`,
  'gi',
);
/** `session opened for user jdoe by (uid=0)`. */
const OF_PAM = new RegExp(String.raw`\bsession (?:opened|closed) for user (?<name>${NAME})`, 'gi');

/** Patterns for mentions of an account. Each match ends with the group `name`. */
const MENTIONS = [AFTER_KEY, AFTER_WORD, QUOTED, OF_SSHD, OF_PAM];

const FIRST_NAME = /=[^=]?[A-Z][a-z]+$/;
const SURNAME = /^ [A-Z][a-z]+(?= (?:\(|[a-z][\w.]{0,63}=))/;
const SURNAME_REACH = 128;

/** Words that can follow a key in prose and are no names. */
const PROSE: ReadonlySet<string> = new Set([
  'the', 'a', 'an', 'is', 'was', 'has', 'had', 'are', 'were', 'not', 'and', 'or', 'of', 'in', 'on', 'for', 'from', 'with', 'to',
  'this', 'that', 'who', 'yes', 'no', 'name', 'id', 'account', 'password', 'credentials', 'input', 'domain', 'type', 'group', 'agent',
  'failed', 'success', 'successful', 'disabled', 'enabled', 'locked', 'created', 'deleted',
]); // prettier-ignore
const UNLIKELY =
  /^[^\p{L}\p{N}]+$|^\d+$|^S-1-|^[$%{]|:\/\/|^\/|^0x|^[a-z]:\\|^[0-9a-f]{8}-[0-9a-f]{4}-/iu;

/** The name of a key, which templates and rules write in place of its value: `TargetUserName`, `user_id`. */
const KEY_NAME =
  /^(?:(?:src|source|dst|dest|target|subject|effective)_?)?(?:user|account|login)_?(?:name|id)$|^(?:samaccountname|userprincipalname|upn)$/i;

/** Finds accounts after a key (`user=admin`, `Account Name: jdoe`) or after words such as `by`. */
export function scanAccounts(text: string, findings: Findings): void {
  if (!QUICK.test(text)) return;
  for (const mention of MENTIONS) {
    for (let match = mention.exec(text); match; match = mention.exec(text)) {
      readMention(match, mention.lastIndex, findings);
    }
  }
}

function readMention(match: RegExpExecArray, end: number, findings: Findings): void {
  const name = match.groups?.['name'] ?? '';
  const value = name.replace(/(?<![.:])[.:]+$/, '');
  if (findings.isDone('account', value) || !isAccountText(value)) return;
  if (isPerson(match[0], match.input.slice(end, end + SURNAME_REACH))) return;
  const start = end - name.length;
  findings.add({ type: 'account', value, span: [start, start + value.length], rule: 'account' });
}

/** Whether the value is the first name of a person: `suser=Jane Roe duser=bob`. */
const isPerson = (written: string, after: string): boolean =>
  FIRST_NAME.test(written) && SURNAME.test(after);

/** Whether a string can be an account name: no number, SID, path, placeholder, field name or common word. */
export const isAccountText = (value: string): boolean =>
  value.length > 0 &&
  !isPlaceholder(value) &&
  !PROSE.has(value.toLowerCase()) &&
  !KEY_NAME.test(value) &&
  !UNLIKELY.test(value);
