/** One series of a metric, as Prometheus writes or selects it. */
export type Series = { name: string; labels: Record<string, string>; value: number };

export type Selector = {
  name: string;
  matches: (series: Series) => boolean;
  text: string;
};

const LABEL = /\b(\w+)="((?:[^"\\]|\\.)*)"/g;

/** Parses the answer of `/metrics`. */
export function readSeries(text: string): Series[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [, name = '', labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    const entries = [...labels.matchAll(LABEL)].map(([, label, text]) => [label, text] as const);
    return { name, labels: Object.fromEntries(entries) as Series['labels'], value: Number(value) };
  });
}

/** Finds the series that a PromQL expression selects: `name{label="value"}` with any of four operators. */
export function readSelectors(expression: string): Selector[] {
  return [...expression.matchAll(/\b(calseta_\w+)(\{[^}]*\})?/g)].map(
    ([text, name = '', labels = '']) => {
      const tests = [...labels.matchAll(/\b(\w+)(=~|!~|!=|=)"([^"]*)"/g)].map(
        ([, label = '', comparison = '', value = '']) =>
          (series: Series) =>
            compare(series.labels[label] ?? '', comparison, value),
      );
      return {
        name,
        text,
        matches: (series) => series.name === name && tests.every((isMet) => isMet(series)),
      };
    },
  );
}

function compare(actual: string, comparison: string, value: string): boolean {
  const isEqual = comparison.includes('~')
    ? new RegExp(`^(?:${value})$`).test(actual)
    : actual === value;
  return comparison.startsWith('!') ? !isEqual : isEqual;
}
