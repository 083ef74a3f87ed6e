import {
  type IndicatorResource,
  indicatorFilterSchema,
  indicatorLookupRequestSchema,
  indicatorLookupAnswerSchema,
  indicatorSchema,
} from '@calseta/common';
import { z } from 'zod';
import { type Operations } from '../../operations/create-operations.js';
import { cutToFit, cutValue } from '../answers/cut-value.js';
import { defineTool, type Tool } from './define-tool.js';
import { describePage, fitList, howToGoOn, listAnswer, listArguments } from './list-arguments.js';

/** What is known about values, and asking about them. */
export const indicatorTools = ({ indicators, enrichments }: Operations): Tool[] => [
  enrichIndicator(enrichments),
  searchIndicators(indicators),
];

const enrichIndicator = ({ lookUp }: Operations['enrichments']): Tool =>
  defineTool({
    name: 'enrich_indicator',
    title: 'Ask the providers about an indicator, now',
    description:
      'Asks every provider that fits, or the named ones, about one address, domain, hash, URL, e-mail or account. Fresh ' +
      'answers come from the cache. Nothing is submitted to a provider; private and internal values go to none.',
    access: lookUp.access,
    isReadOnly: true,
    isOpenWorld: true,
    input: z.object(indicatorLookupRequestSchema.shape),
    output: z.object({
      ...indicatorLookupAnswerSchema.shape,
      enrichment_results: z.record(z.string(), z.looseObject({})).describe('By provider'),
      truncated: listAnswer.truncated,
      how_to_go_on: listAnswer.how_to_go_on,
      untrusted_paths: listAnswer.untrusted_paths,
    }),
    async run(request, { caller, loadBudgets }) {
      const answer = await lookUp.run(request, caller);
      const budget = (await loadBudgets())();
      const { value, isCut } = cutToFit(answer, (json) => budget.fits(json));
      return {
        ...value,
        truncated: isCut,
        ...howToGoOn([isCut && 'Name one of the providers to read its answer whole.']),
        untrusted_paths: ['/value', '/malice_reasons', '/enrichment_results'],
      };
    },
  });

const { shape } = indicatorSchema;

const searchIndicators = ({ list }: Operations['indicators']): Tool =>
  defineTool({
    name: 'search_indicators',
    title: 'Search indicators over all alerts',
    description:
      'Lists addresses, domains, hashes, URLs, e-mail addresses and accounts, newest first. With detail = full each ' +
      'has the stored answers of the providers; enrich_indicator asks anew.',
    access: list.access,
    isReadOnly: true,
    isQuery: true,
    input: z.object({ ...indicatorFilterSchema.shape, ...listArguments }),
    output: z.object({
      indicators: z.array(
        z.looseObject({
          uuid: z.string(),
          type: shape.type,
          value: shape.value,
          malice: shape.malice,
          malice_reasons: z.array(z.string()).optional(),
          classification: shape.classification,
          first_seen_at: z.string(),
          last_seen_at: z.string(),
        }),
      ),
      ...listAnswer,
    }),
    async run({ detail, ...args }, context) {
      const { cursor, page_size: size, ...filter } = args;
      const page = await fitList({ cursor, page_size: size }, context, {
        read: async (query) => await list.run({ ...filter, ...query }, context.caller),
        show: (indicator) => (detail === 'full' ? indicator : toBrief(indicator)),
      });
      return {
        indicators: page.entries,
        ...describePage(page, ['/indicators'], 'Ask for one by type and value to read it whole.'),
      };
    },
  });

const BRIEF = { characters: 300, items: 3 };

const toBrief = (indicator: IndicatorResource) => ({
  uuid: indicator.uuid,
  type: indicator.type,
  malice: indicator.malice,
  classification: indicator.classification,
  first_seen_at: indicator.first_seen_at,
  last_seen_at: indicator.last_seen_at,
  ...cutValue({ value: indicator.value, malice_reasons: indicator.malice_reasons }, BRIEF).value,
});
