// Text in columns that fit the terminal: tables, help, indentation. Knows nothing of what the cells mean.

/** Of the terminal; a file or a pipe gets 100, which a mail and a wide editor still show. */
export function width(out: { columns?: number | undefined } = process.stdout): number {
  return Math.max(60, out.columns ?? 100);
}

export interface Column {
  title: string;
  cells: readonly string[];
  /** Where a cell is cut that is too wide: a name keeps both ends, a sentence its beginning, an id or a number everything. */
  cutAt: 'middle' | 'end' | 'never';
}

/** A narrower cell than this says nothing any more. */
const narrowest = 8;

/** Titles and cells side by side, numbers to the right, the widest text cut until a line fits. */
export function table(columns: readonly Column[], room = width()): string {
  const rows = [columns.map((c) => c.title), ...transposed(columns)];
  const widths = columns.map((_, i) => Math.max(...rows.map((row) => length(row[i] ?? ''))));
  const excess = () => widths.reduce((sum, w) => sum + w + 2, -2) - room;
  while (excess() > 0) {
    const shrinkable = columns.map((c, i) => (c.cutAt === 'never' ? 0 : (widths[i] ?? 0)));
    const widest = Math.max(...shrinkable);
    if (widest <= narrowest) break;
    widths[shrinkable.indexOf(widest)] = Math.max(narrowest, widest - Math.min(4, excess()));
  }
  const numeric = columns.map((c) => c.cells.every((text) => /^[-+]?[\d.,% –]*$/.test(text)));
  return rows
    .map((row) =>
      row
        .map((text, i) => {
          const cell = cut(text, widths[i] ?? 0, columns[i]?.cutAt);
          const gap = ' '.repeat((widths[i] ?? 0) - length(cell));
          return numeric[i] ? gap + cell : cell + gap;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function transposed(columns: readonly Column[]): string[][] {
  return (columns[0]?.cells ?? []).map((_, row) => columns.map((column) => column.cells[row] ?? ''));
}

/** A table whose first row is the titles. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const [titles = [], ...rest] = rows;
  return table(
    titles.map((title, i) => ({ title, cells: rest.map((row) => row[i] ?? ''), cutAt: 'end' as const })),
  );
}

/** "Tiny Gemma…held-out", or "Which of these is…" */
export function cut(text: string, room: number, at: Column['cutAt'] = 'end'): string {
  const letters = [...text];
  if (letters.length <= room) return text;
  const head = at === 'middle' ? Math.ceil((room - 1) / 2) : room - 1;
  return `${letters.slice(0, head).join('')}…${letters.slice(letters.length - (room - 1 - head)).join('')}`;
}

/** Left and right, the right one in lines of its own width. */
export function columns(rows: readonly (readonly [string, string])[], room = width()): string[] {
  const left = Math.max(0, ...rows.map(([text]) => length(text))) + 2;
  return rows.flatMap(([name, text]) =>
    wrapped(text, Math.max(30, room - left - 2)).map((line, i) =>
      `  ${(i === 0 ? name : '').padEnd(left)}${line}`.trimEnd(),
    ),
  );
}

function wrapped(text: string, room: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && length(last) + 1 + length(word) > room) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}

export function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`.trimEnd())
    .join('\n');
}

function length(text: string): number {
  return [...text].length;
}
