import { type IndicatorType } from '@calseta/common';
import { MAX_STATED_VALUE_CHARACTERS } from '../values/limits.js';
import { refang } from '../values/refang.js';
import { canonicalizeAccount } from './account.js';
import { type Canonical, type Invalid, invalid } from './canonical.js';
import { stripInvisible, stripWrapping } from './clean.js';
import { canonicalizeDomain } from './domain.js';
import { canonicalizeEmail } from './email.js';
import { canonicalizeHash } from './hash.js';
import { canonicalizeIp } from './ip.js';
import { canonicalizeUrl } from './url.js';

/**
 * Converts a value, defanged or not, to the form that is stored and looked up. Idempotent.
 */
export function canonicalize(type: IndicatorType, text: string): Canonical | Invalid {
  if (text.length > MAX_STATED_VALUE_CHARACTERS) return invalid;
  const visible = stripInvisible(text).trim();
  if (type === 'account') return canonicalizeAccount(unwrapQuotes(visible));
  return canonicalizeNetworkValue(type, visible);
}

function canonicalizeNetworkValue(
  type: Exclude<IndicatorType, 'account'>,
  visible: string,
): Canonical | Invalid {
  const plain = refang(visible);
  switch (type) {
    case 'ip':
      return canonicalizeIp(/^\[[^\]]*\](?::\d+)?$/.test(plain) ? plain : stripWrapping(plain));
    case 'domain':
      return canonicalizeDomain(stripWrapping(plain));
    case 'url':
      return canonicalizeUrl(unwrapQuotes(plain));
    case 'email':
      return canonicalizeEmail(plain.endsWith('>') ? plain : stripWrapping(plain));
    default:
      return canonicalizeHash(type, stripWrapping(plain));
  }
}

const unwrapQuotes = (text: string): string =>
  text
    .replace(/^["'`<]+/, '')
    .replace(/(?<!["'`>])["'`>]+$/, '')
    .trim();
