export type Table = { head: string[]; rows: (string | number)[][] };

/** A figure and its goal. */
export type Goal = { name: string; wanted: string; measured: string; isMet: boolean };

/** A picture as SVG; its file is named after the report and `name`. */
export type Picture = { name: string; alt: string; svg: string };

/** Results of one scenario. */
export type Section = {
  title: string;
  /** How it was measured, in a sentence or two. */
  method: string;
  tables: Table[];
  pictures?: Picture[];
  goals: Goal[];
  notes: string[];
};

const cells = (row: readonly (string | number)[]): string =>
  `| ${row.map((cell) => (typeof cell === 'number' ? formatNumber(cell) : cell)).join(' | ')} |`;

/** Three significant figures; whole numbers from a hundred on. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Number.isInteger(value) || Math.abs(value) >= 100) {
    return Math.round(value).toLocaleString('en-US');
  }
  return String(Number(value.toPrecision(3)));
}

const renderTable = ({ head, rows }: Table): string =>
  [cells(head), cells(head.map(() => '---')), ...rows.map(cells)].join('\n');

const goalTable = (goals: readonly Goal[]): Table => ({
  head: ['goal', 'wanted', 'measured', ''],
  rows: goals.map(({ name, wanted, measured, isMet }) => [
    name,
    wanted,
    measured,
    isMet ? 'met' : '**missed**',
  ]),
});

/** Name of the file of a picture, beside the report with this name. */
export const pictureFile = (report: string, { name }: Picture): string => `${report}-${name}.svg`;

/** The section as Markdown; `report` is the name of the report's file without `.md`. */
export function renderSection(section: Section, report = 'report'): string {
  const { title, method, tables, pictures = [], goals, notes } = section;
  return [
    `## ${title}`,
    method,
    ...pictures.map((picture) => `![${picture.alt}](${pictureFile(report, picture)})`),
    ...tables.map(renderTable),
    ...(goals.length > 0 ? [renderTable(goalTable(goals))] : []),
    ...(notes.length > 0 ? [notes.map((note) => `- ${note}`).join('\n')] : []),
  ].join('\n\n');
}
