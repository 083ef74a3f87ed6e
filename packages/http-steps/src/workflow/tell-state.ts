import { fieldsOf, type Rule } from '@calseta/common';
import { type AnswerTree, valuesAt } from '../answers/answer-tree.js';

const IN_BODY = 'body.';
/** A word that a vendor has for a state. Other values may be anything, and are not told. */
const WORD = /^[\w .:@-]{1,64}$/;
const MAX_TOLD = 5;

/** What the body of an answer says of the fields that a rule asks about: `status is DEPROVISIONED`. */
export function tellState(rule: Rule, tree: AnswerTree): string | undefined {
  const fields = [...new Set(fieldsOf(rule))].filter((field) => field.startsWith(IN_BODY));
  const told = fields
    .slice(0, MAX_TOLD)
    .flatMap((field) => {
      const values = valuesAt(tree, field).flat();
      const name = field.slice(IN_BODY.length);
      if (values.length === 0) return [`${name} is absent`];
      const words = values.slice(0, MAX_TOLD).map(String);
      return words.every((word) => WORD.test(word)) ? [`${name} is ${words.join(', ')}`] : [];
    })
    .join('; ');
  return told === '' ? undefined : told;
}
