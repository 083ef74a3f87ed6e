import { type Payload, type PushIndicator } from './push-payload.js';

/** A part of a payload, which is added whole, cut, or not at all. */
export type Item = {
  /** JSON Pointer under which it is missed. */
  section: string;
  /** What it costs. */
  json: string;
  add: () => void;
  /** False: what it belongs to is not there. */
  isPossible?: () => boolean;
  /** Set where a beginning of the text is worth having. */
  text?: {
    value: string;
    /** Part of what is left that it may take, 0 to 1. */
    share: number;
    jsonWith: (cut: string) => string;
    add: (cut: string) => void;
  };
  /** Where the whole can be read. */
  url: string;
};

export type RankOptions = {
  rawPayloadJson: string;
  rawPayload: unknown;
  links: { self: string; raw: string };
};

/** Part of the rest of a budget that one text may take while others wait behind it. */
const DESCRIPTION_SHARE = 0.2;
const DOCUMENTATION_SHARE = 0.3;

/**
 * The parts of a payload, most valuable first: what happened to whom, the indicators and their verdicts, the rule, what
 * can be done, what is known from before, the documents, further answers of providers, the original payload. `out`
 * receives what is added.
 */
export function rankedItems(payload: Payload, out: Payload, options: RankOptions): Item[] {
  const { self, raw } = options.links;
  const indicators = indicatorItems(payload, out, `${self}/indicators`);
  return [
    ...alertItems(payload, out, self),
    ...indicators.heads,
    ...fieldItems(payload, out, self),
    ...indicators.telling,
    ...ruleItems(payload, out, self),
    ...workflowItems(payload, out, self),
    ...listItems('/related_alerts', payload.related_alerts, out.related_alerts, self),
    ...listItems('/findings', payload.findings ?? [], out.findings ?? [], `${self}/findings`),
    ...documentItems(payload, out, self),
    ...indicators.answers,
    ...indicators.places,
    rawItem(out, options, raw),
  ];
}

/** Fields that are added whole or not at all. */
type WholeField =
  | 'users'
  | 'hosts'
  | 'tags'
  | 'mitre_techniques'
  | 'mitre_tactics'
  | 'source_rule_id'
  | 'native_alert_id'
  | 'duplicate_count'
  | 'source_url';

function alertItems({ alert }: Payload, { alert: to }: Payload, url: string): Item[] {
  const { update } = alert._metadata;
  const whole = (key: WholeField): Item[] =>
    isEmpty(alert[key]) || to[key] === alert[key]
      ? []
      : [
          {
            section: `/alert/${key}`,
            json: member(key, alert[key]),
            add: () => void Object.assign(to, { [key]: alert[key] }),
            url,
          },
        ];
  return [
    ...(update
      ? [
          {
            section: '/alert/_metadata/update',
            json: member('update', update),
            add: () => void (to._metadata.update = update),
            url: `${url}/activity`,
          },
        ]
      : []),
    ...descriptionItem(alert, to, url),
    ...whole('users'),
    ...whole('hosts'),
    ...whole('tags'),
    ...whole('mitre_techniques'),
    ...whole('mitre_tactics'),
    ...whole('source_rule_id'),
    ...whole('native_alert_id'),
    ...whole('duplicate_count'),
    ...whole('source_url'),
  ];
}

function descriptionItem(
  { description: value }: Payload['alert'],
  to: Payload['alert'],
  url: string,
): Item[] {
  if (value === undefined || value === '') return [];
  const add = (text: string) => {
    to.description = text;
  };
  const jsonWith = (cut: string) => member('description', cut);
  return [
    {
      section: '/alert/description',
      json: jsonWith(value),
      add: () => add(value),
      text: { value, share: DESCRIPTION_SHARE, jsonWith, add },
      url,
    },
  ];
}

/** Heads of all indicators, reasons and answers of those that are judged, then the answers about the others. */
function indicatorItems({ indicators }: Payload, out: Payload, url: string) {
  const heads: Item[] = [];
  const telling: Item[] = [];
  const answers: Item[] = [];
  const places: Item[] = [];
  for (const indicator of indicators) {
    const { enrichment_results: results, provenance, ...rest } = indicator;
    const head: PushIndicator = { ...rest, enrichment_results: {} };
    let isAdded = false;
    const isPossible = () => isAdded;
    const add = () => {
      isAdded = true;
      out.indicators.push(head);
    };
    heads.push({ ...entryItem('/indicators', head, out.indicators, url), add });
    if (!isEmpty(results)) {
      const isJudged = indicator.malice === 'Malicious' || indicator.malice === 'Suspicious';
      (isJudged ? telling : answers).push({
        section: '/indicators',
        json: JSON.stringify(results),
        add: () => {
          head.enrichment_results = results;
        },
        isPossible,
        url,
      });
    }
    if (provenance) {
      places.push({
        section: '/indicators',
        json: member('provenance', provenance),
        add: () => {
          head.provenance = provenance;
        },
        isPossible,
        url,
      });
    }
  }
  return { heads, telling, answers, places };
}

const fieldItems = ({ alert }: Payload, { alert: to }: Payload, url: string): Item[] =>
  Object.entries(alert.normalized_fields ?? {}).map(([name, value]) => ({
    section: '/alert/normalized_fields',
    json: member(name, value),
    add: () => void (to.normalized_fields = { ...to.normalized_fields, [name]: value }),
    url,
  }));

function ruleItems({ detection_rule: rule }: Payload, out: Payload, url: string): Item[] {
  if (!rule) return [];
  const head = { ...rule, documentation: '' };
  return [
    {
      section: '/detection_rule',
      json: JSON.stringify(head),
      add: () => void (out.detection_rule = head),
      url,
    },
    ...documentationItem('/detection_rule/documentation', rule.documentation, head, url),
  ];
}

const workflowItems = ({ workflows }: Payload, out: Payload, url: string): Item[] => {
  const heads = workflows.map((workflow) => ({ ...workflow, documentation: '' }));
  return [
    ...heads.map((head) => entryItem('/workflows', head, out.workflows, url)),
    ...workflows.flatMap(({ documentation }, index) =>
      documentationItem('/workflows', documentation, heads[index], url),
    ),
  ];
};

function documentationItem(
  section: string,
  value: string,
  head: { documentation: string } | undefined,
  url: string,
): Item[] {
  if (!head || value === '') return [];
  const add = (text: string) => {
    head.documentation = text;
  };
  const text = {
    value,
    share: DOCUMENTATION_SHARE,
    jsonWith: (cut: string) => JSON.stringify(cut),
    add,
  };
  return [{ section, json: JSON.stringify(value), add: () => add(value), text, url }];
}

/** Each document may take an equal part of what is left. */
const documentItems = ({ context_documents: documents }: Payload, out: Payload, url: string) =>
  documents.map((document, index): Item => {
    const add = (content: string) => {
      out.context_documents.push({ ...document, content });
    };
    return {
      section: `/context_documents`,
      json: JSON.stringify(document),
      add: () => add(document.content),
      text: {
        value: document.content,
        share: 1 / (documents.length - index),
        jsonWith: (content) => JSON.stringify({ ...document, content }),
        add,
      },
      url,
    };
  });

const rawItem = (out: Payload, options: RankOptions, url: string): Item => ({
  section: '/alert/raw_payload',
  json: options.rawPayloadJson,
  add: () => void (out.alert.raw_payload = options.rawPayload),
  url,
});

const listItems = <T>(section: string, from: readonly T[], to: T[], url: string): Item[] =>
  from.map((entry) => entryItem(section, entry, to, url));

const entryItem = <T>(section: string, entry: T, to: T[], url: string): Item => ({
  section,
  json: JSON.stringify(entry),
  add: () => void to.push(entry),
  url,
});

/** A member of an object as JSON, without its comma. */
const member = (key: string, value: unknown): string =>
  `${JSON.stringify(key)}:${JSON.stringify(value)}`;

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
