import { isPlaceholder } from '../canonicalize/account.js';
import type { IndicatorType } from '../indicator-type.js';

export type Entity = { type: IndicatorType; value: string; keys: readonly string[] };

const text = (value: unknown): string => {
  const trimmed = typeof value === 'string' && value.length <= 256 ? value.trim() : '';
  return isPlaceholder(trimmed) ? '' : trimmed;
};

/**
 * An account that Microsoft's security products describe in pieces: `{ Name, UPNSuffix }` or
 * `{ Name, NTDomain }`, in either case of letters.
 */
export function readEntity(object: Readonly<Record<string, unknown>>): Entity | undefined {
  const isPascal = 'Name' in object;
  const name = text(isPascal ? object['Name'] : (object['accountName'] ?? object['name']));
  if (name === '') return undefined;
  const keys = isPascal ? ['Name'] : ['accountName', 'name'];
  const suffix = text(isPascal ? object['UPNSuffix'] : object['upnSuffix']);
  if (suffix !== '')
    return { type: 'account', value: name.includes('@') ? name : `${name}@${suffix}`, keys };
  const type = text(isPascal ? object['Type'] : (object['kind'] ?? object['type'])).toLowerCase();
  if (type !== 'account') return undefined;
  const domain = text(isPascal ? object['NTDomain'] : object['ntDomain']);
  const isQualified = domain === '' || /[\\@]/.test(name);
  return { type: 'account', value: isQualified ? name : `${domain}\\${name}`, keys };
}
