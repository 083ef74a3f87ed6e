const LABELS = [
  'field', 'type', 'name', 'key', 'label', 'datatype', 'entitytype', 'indicatortype', 'kind', 'algorithm', 'alg', 'attribute',
  'displayname', 'objecttype', 'observabletype', 'title', 'category', 'header', 'property', 'parameter', 'param',
]; // prettier-ignore

/** Keys of labels, most specific first. A label names the value in a sibling field. */
export const LABEL_RANK: ReadonlyMap<string, number> = new Map(
  LABELS.map((name, rank) => [name, rank]),
);

/** Endings of label keys with a prefix: `ioc_type` beside `ioc_value`. */
export const LABEL_ENDINGS: readonly string[] = ['type', 'name', 'key', 'field', 'label', 'kind'];

/** Keys whose values are named by a label. */
export const VALUE_NAMES: ReadonlySet<string> = new Set([
  'value', 'values', 'val', 'data', 'entityvalue', 'stringvalue', 'valuestring', 'objectvalue', 'observable', 'hash',
  'indicator', 'content', 'text',
]); // prettier-ignore

/** Type names of threat exchange formats, with keys of the same meaning. */
export const KEY_OF_TYPE: Readonly<Record<string, string>> = {
  ipsrc: 'src_ip', ipdst: 'dst_ip', ipv4addr: 'ip', ipv6addr: 'ip', hostname: 'domain', link: 'url',
  emailsrc: 'sender', emaildst: 'recipient', emailaddr: 'email', emailsender: 'sender', emailrecipient: 'recipient',
  filesha256: 'sha256', filesha1: 'sha1', filemd5: 'md5', useraccount: 'account_name',
}; // prettier-ignore
