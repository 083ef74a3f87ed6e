const LABELS = [
  'field', 'type', 'name', 'key', 'label', 'datatype', 'entitytype', 'indicatortype', 'kind', 'algorithm', 'alg', 'attribute',
  'displayname', 'objecttype', 'observabletype', 'title', 'category', 'header', 'property', 'parameter', 'param',
]; // prettier-ignore

/** Keys that name what stands under a value key beside them, most telling first. */
export const LABEL_RANK: ReadonlyMap<string, number> = new Map(
  LABELS.map((name, rank) => [name, rank]),
);

/** What follows the prefix of a value in the key of its label: `ioc_type` beside `ioc_value`. */
export const LABEL_ENDINGS: readonly string[] = ['type', 'name', 'key', 'field', 'label', 'kind'];

/** Keys whose value goes by a label beside them. */
export const VALUE_NAMES: ReadonlySet<string> = new Set([
  'value', 'values', 'val', 'data', 'entityvalue', 'stringvalue', 'valuestring', 'objectvalue', 'observable', 'hash',
  'indicator', 'content', 'text',
]); // prettier-ignore

/** Type names of threat exchange formats, as the keys that say the same. */
export const KEY_OF_TYPE: Readonly<Record<string, string>> = {
  ipsrc: 'src_ip', ipdst: 'dst_ip', ipv4addr: 'ip', ipv6addr: 'ip', hostname: 'domain', link: 'url',
  emailsrc: 'sender', emaildst: 'recipient', emailaddr: 'email', emailsender: 'sender', emailrecipient: 'recipient',
  filesha256: 'sha256', filesha1: 'sha1', filemd5: 'md5', useraccount: 'account_name',
}; // prettier-ignore
