import { type TextSearch } from '@calseta/common';
import { type ReadOperations } from '../../operations/resources.js';
import { cutToFit, cutValue } from '../answers/cut-value.js';
import { type FittedPage } from '../answers/fit-page.js';
import { windowOfText } from '../answers/window-of-text.js';
import { type McpContext } from '../answers/mcp-context.js';
import { fitList } from './list-arguments.js';

type CatalogueArguments = TextSearch & {
  uuid?: string | undefined;
  offset: number;
  detail: 'brief' | 'full';
  cursor?: string | undefined;
  page_size: number;
};

/** Resources that consist of a few fields and a text. */
type Catalogue<R, F extends keyof R> = ReadOperations<R> & {
  textField: F;
  /** What a list says of one besides the beginning of its text. */
  brief: (item: R) => { uuid: string };
};

export type CatalogueAnswer = {
  page: FittedPage<{ uuid: string }>;
  next_offset?: number;
};

const BRIEF_TEXT_CHARACTERS = 240;
const BRIEF = { characters: 300, items: 10 };

/** One resource with its text from an offset on, or a list of them. */
export async function readCatalogue<
  F extends string,
  R extends { uuid: string } & Record<F, string>,
>(
  { uuid, offset, detail, ...args }: CatalogueArguments,
  context: McpContext,
  catalogue: Catalogue<R, F>,
): Promise<CatalogueAnswer> {
  if (uuid !== undefined) return await readOne({ uuid, offset }, context, catalogue);
  const { list, textField, brief } = catalogue;
  const { q, cursor, page_size: size } = args;
  const page = await fitList({ cursor, page_size: size }, context, {
    read: async (query) => await list.run({ q, ...query }, context.caller),
    show: (item): { uuid: string } => {
      if (detail === 'full') return item;
      const beginning = item[textField].slice(0, BRIEF_TEXT_CHARACTERS);
      return { ...cutValue(brief(item), BRIEF).value, [textField]: beginning };
    },
  });
  return { page };
}

async function readOne<F extends string, R extends { uuid: string } & Record<F, string>>(
  { uuid, offset }: { uuid: string; offset: number },
  { caller, loadBudgets }: McpContext,
  { get, textField }: Catalogue<R, F>,
): Promise<CatalogueAnswer> {
  const item = await get.run({ uuid }, caller);
  const budget = (await loadBudgets())();
  const { [textField]: text, ...fields } = item;
  const { value, isCut } = cutToFit(fields, (json) => budget.fits(json));
  budget.spend(JSON.stringify(value));
  const shown = windowOfText(text, offset, budget);
  return {
    page: {
      entries: [{ ...value, uuid, [textField]: shown.text }],
      nextCursor: null,
      isTruncated: isCut || shown.nextOffset !== undefined,
    },
    ...(shown.nextOffset !== undefined && { next_offset: shown.nextOffset }),
  };
}
