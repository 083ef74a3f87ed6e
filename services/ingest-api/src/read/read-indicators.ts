import { type StatedIndicator, withExactNumbers } from '@calseta/common';
import { type Message, type ReadIndicators } from '@calseta/database';
import { type CompiledMappings, extractIndicators } from '@calseta/indicators';

/** Reads the indicators that extraction will find, to tell what a repeat adds to its alert. */
export const createReadIndicators =
  (mappingsOf: (sourceName: string) => Promise<CompiledMappings>): ReadIndicators =>
  async (message: Message): Promise<StatedIndicator[]> => {
    const { sourceName, title, description, rawPayload } = message;
    const { indicators } = extractIndicators({
      sourceName,
      title,
      ...(typeof description === 'string' && { description }),
      rawPayload: withExactNumbers(rawPayload, JSON.parse(rawPayload)),
      statedIndicators: message.statedIndicators,
      normalizedFields: message.fields,
      mappings: await mappingsOf(sourceName),
    });
    return indicators.map(({ type, value, role }) => ({ type, value, ...(role && { role }) }));
  };
