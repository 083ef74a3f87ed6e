import { isUnfilled, listedValues } from '@calseta/indicators';
import { valueAt } from './keys.js';
import { elementsOf, isRecord, type Located, parseEmbedded } from './located.js';
import { readStated } from './stated-value.js';
import { textOf } from './text.js';

/** Keys under which an object for a machine or a person has its name. */
const HOST_KEYS = [
  'fqdn',
  'hostname',
  'host',
  'name',
  'dns_name',
  'device_name',
  'computer_name',
  'netbios_name',
];
const USER_KEYS = [
  'user_principal_name',
  'upn',
  'username',
  'account_name',
  'name',
  'login',
  'email',
  'display_name',
];

const MAX_NAMES = 200;

/** Names of machines in a text, a list, or objects; each once. */
export const hostsIn = (at: Located): string[] =>
  namesIn(at, HOST_KEYS).filter((name) => !isUnfilled(name));

/** Names of people in a text, a list, or objects; each once. Placeholders that name nobody are left out. */
export const usersIn = (at: Located): string[] =>
  namesIn(at, USER_KEYS).filter(
    (name) => readStated(name, 'account') !== undefined && !/^\d+$/.test(name),
  );

function namesIn(at: Located, keys: readonly string[]): string[] {
  const names = new Set<string>();
  for (const element of elementsOf(parseEmbedded(at))) {
    const text = isRecord(element.value) ? nameOf(element.value, keys) : textOf(element.value);
    for (const name of text === undefined ? [] : (listedValues(text) ?? [text])) names.add(name);
    if (names.size >= MAX_NAMES) break;
  }
  return [...names];
}

const nameOf = (record: Record<string, unknown>, keys: readonly string[]): string | undefined =>
  keys.map((key) => textOf(valueAt(record, key))).find((text) => text !== undefined);
