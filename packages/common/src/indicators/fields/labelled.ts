import { analyzeKey } from './analyzed-key.js';

const LABELS = [
  'field',
  'type',
  'name',
  'key',
  'label',
  'datatype',
  'entitytype',
  'indicatortype',
  'kind',
  'algorithm',
  'alg',
  'attribute',
  'displayname',
  'objecttype',
  'observabletype',
  'title',
  'category',
];
const VALUES = new Set([
  'value',
  'values',
  'val',
  'data',
  'entityvalue',
  'stringvalue',
  'valuestring',
  'objectvalue',
  'observable',
  'hash',
  'indicator',
  'content',
  'text',
]);
const TYPE_WORDS: Readonly<Record<string, string>> = {
  ipsrc: 'ip', ipdst: 'ip', ipv4addr: 'ip', ipv6addr: 'ip', hostname: 'domain', link: 'url',
  emailsrc: 'email', emaildst: 'email', emailaddr: 'email', emailsender: 'email', emailrecipient: 'email',
  filehash: 'filehash', filesha256: 'sha256', filesha1: 'sha1', filemd5: 'md5', useraccount: 'account', accountname: 'accountname',
}; // prettier-ignore
const squash = (key: string): string => key.toLowerCase().replace(/[^a-z0-9]/g, '');

/** For `{ name: "ClientIP", value: … }` and `{ type: "ip-src", value: … }`: the key that the value goes by. */
export function labelOf(
  object: Readonly<Record<string, unknown>>,
): { label: string; valueKeys: Set<string> } | undefined {
  const keys = Object.keys(object);
  if (keys.length > 48) return undefined;
  const valueKeys = keys.filter((key) => VALUES.has(squash(key)));
  if (valueKeys.length === 0) return undefined;
  const labels = LABELS.flatMap((name) => keys.filter((key) => squash(key) === name))
    .map((key) => object[key])
    .filter((label) => typeof label === 'string')
    .filter((label) => label.length > 0 && label.length <= 64)
    .map((label) => TYPE_WORDS[squash(label)] ?? label);
  const telling = labels.find((label) => isTelling(label)) ?? labels[0];
  return telling === undefined ? undefined : { label: telling, valueKeys: new Set(valueKeys) };
}

const isTelling = (label: string): boolean => {
  const key = analyzeKey(label);
  return key.ownHint !== undefined || key.isSkipped || key.isMessageId;
};
