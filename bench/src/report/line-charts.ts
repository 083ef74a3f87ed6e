export type Line = {
  name: string;
  points: readonly (readonly [x: number, y: number])[];
  /** Drawn as steps: a value holds until the next one. */
  isStep?: boolean;
  /** Drawn thin and dashed, as a limit is, and left out of the legend. */
  isDashed?: boolean;
};

/** Charts above each other over the same x axis. */
export type Charts = {
  title: string;
  xLabel: string;
  panels: readonly { title: string; lines: readonly Line[] }[];
};

const WIDTH = 960;
const PANEL = { left: 56, right: 24, top: 34, height: 150, gap: 46 };
const HEAD = 44;
const FOOT = 40;
const TICKS = { x: 8, y: 4 };
/** Told apart without seeing colours well, too. */
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00'];
const TEXT = '#333333';
const GRID = '#dddddd';

/** The charts as one SVG picture. Lines of one name have one colour in all panels. */
export function renderLineCharts({ title, xLabel, panels }: Charts): string {
  const names = [...new Set(panels.flatMap(({ lines }) => lines.map(({ name }) => name)))];
  const maxX = Math.max(1, ...valuesOf(panels, 0));
  const step = PANEL.top + PANEL.height + PANEL.gap;
  const height = HEAD + panels.length * step + FOOT - PANEL.gap;
  const drawn = panels.map((panel, index) => {
    const top = HEAD + index * step + PANEL.top;
    return renderPanel(panel, { top, maxX, colorOf: (name) => colorOf(names, name) });
  });
  const middle = (PANEL.left + WIDTH - PANEL.right) / 2;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" fill="${TEXT}">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    label(PANEL.left, 26, title, 'font-size="16" font-weight="bold"'),
    ...drawn,
    label(middle, height - 6, xLabel, 'text-anchor="middle"'),
    '</svg>\n',
  ].join('\n');
}

type Frame = { top: number; maxX: number; colorOf: (name: string) => string };

function renderPanel({ title, lines }: Charts['panels'][number], frame: Frame): string {
  const { top, maxX, colorOf } = frame;
  const bottom = top + PANEL.height;
  const width = WIDTH - PANEL.left - PANEL.right;
  const ticksY = ticks(Math.max(1, ...valuesOf([{ lines }], 1)), TICKS.y);
  const maxY = ticksY.at(-1) ?? 1;
  const x = (value: number) => round(PANEL.left + (value / maxX) * width);
  const y = (value: number) => round(bottom - (value / maxY) * PANEL.height);
  const grid = ticksY.map(
    (value) =>
      `<path d="M${PANEL.left} ${y(value)}h${width}" stroke="${GRID}"/>` +
      label(PANEL.left - 8, y(value) + 4, String(value), 'text-anchor="end"'),
  );
  const below = ticks(maxX, TICKS.x)
    .filter((value) => value <= maxX)
    .map((value) => label(x(value), bottom + 16, String(value), 'text-anchor="middle"'));
  const paths = lines.map(({ name, points, isStep, isDashed }) => {
    const style = isDashed ? 'stroke-width="1" stroke-dasharray="5 4"' : 'stroke-width="2"';
    const d = pathOf(
      points.map(([px, py]) => [x(px), y(py)] as const),
      isStep ?? false,
    );
    return `<path d="${d}" fill="none" stroke="${colorOf(name)}" ${style}/>`;
  });
  return [
    label(PANEL.left, top - 10, title, 'font-weight="bold"'),
    renderLegend(lines, top - 10, colorOf),
    ...grid,
    ...below,
    ...paths,
  ].join('\n');
}

const LEGEND = { from: 400, entry: 190 };

function renderLegend(lines: readonly Line[], y: number, colorOf: Frame['colorOf']): string {
  return lines
    .filter(({ isDashed }) => !isDashed)
    .map(({ name }, index) => {
      const x = LEGEND.from + index * LEGEND.entry;
      return (
        `<path d="M${x} ${y - 4}h22" stroke="${colorOf(name)}" stroke-width="2"/>` +
        label(x + 28, y, name)
      );
    })
    .join('\n');
}

function pathOf(points: readonly (readonly [number, number])[], isStep: boolean): string {
  return points
    .map(([x, y], index) => {
      if (index === 0) return `M${x} ${y}`;
      return isStep ? `H${x}V${y}` : `L${x} ${y}`;
    })
    .join('');
}

/** Round numbers from 0 to at least the maximum. */
export function ticks(max: number, count: number): number[] {
  const rough = max / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const last = Math.ceil(max / step - 1e-9);
  return Array.from({ length: last + 1 }, (_, index) => Number((index * step).toPrecision(6)));
}

const valuesOf = (panels: readonly { lines: readonly Line[] }[], axis: 0 | 1): number[] =>
  panels.flatMap(({ lines }) => lines.flatMap(({ points }) => points.map((point) => point[axis])));

const colorOf = (names: readonly string[], name: string): string =>
  COLORS[names.indexOf(name) % COLORS.length] ?? TEXT;

const label = (x: number, y: number, text: string, attributes = ''): string =>
  `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escapeXml(text)}</text>`;

const round = (value: number): number => Math.round(value * 10) / 10;

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
