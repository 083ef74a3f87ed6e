import { canonicalizeEmail } from '../canonicalize/email.js';
import { canonicalizeIp } from '../canonicalize/ip.js';
import { isAccountText } from '../text/scan-accounts.js';
import { type AnalyzedKey } from './analyzed-key.js';
import { type KeyHint } from '../vocabulary/key-hints.js';

const LONGEST_NAME = 128;
const QUALIFIED = /^[^\s\\/:]{1,64}\\[^\\/:]{1,64}$/;
const QUALIFIED_WITH_BLANKS = /^[\w .-]{1,64}\\[\w .$-]{1,64}$/;
const PLAIN_NAME = /^[a-z]{2,32}(?:[._-][a-z]{1,32}){0,2}\d{0,4}$/i;

/** Whether the value of an account or identity key is an account. */
export const isAccountValue = (text: string, hint: KeyHint, key: AnalyzedKey): boolean =>
  text.length <= LONGEST_NAME &&
  (hint !== 'identity' || tellsAccount(text, key)) &&
  (!/\s/.test(text) || QUALIFIED_WITH_BLANKS.test(text)) &&
  isAccountText(text) &&
  !text.startsWith('arn:') &&
  !canonicalizeIp(text).ok;

/** Whether an identity is an account: an e-mail address, `DOMAIN\user`, or a plain name under `userid`. */
const tellsAccount = (text: string, key: AnalyzedKey): boolean =>
  (text.includes('@') && canonicalizeEmail(text).ok) ||
  QUALIFIED.test(text) ||
  (isNameKey(key) && PLAIN_NAME.test(text));

/** Whether the key is `userid` in one word, which traditionally is a login name. `user_id` and `userId` are database keys. */
const isNameKey = ({ squashed, words }: AnalyzedKey): boolean =>
  squashed === 'userid' && words.length === 1;
