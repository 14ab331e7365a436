// Text in columns that fit the terminal: tables, help, indentation. Knows nothing of what the cells mean.

/** Of the terminal; a file or a pipe gets 100, which a mail and a wide editor still show. */
export function width(out: { columns?: number | undefined } = process.stdout): number {
  return Math.max(60, out.columns ?? 100);
}

/** What a table may fill: a terminal's width. A file or a pipe has no edge: nothing is cut or wrapped there. */
export function tableRoom(): number {
  return process.stdout.isTTY ? width() : Number.POSITIVE_INFINITY;
}

export interface Column {
  title: string;
  cells: readonly string[];
  /** What becomes of a cell that is too wide: a sentence is wrapped, a piece of a long text is cut, an id or a number stays whole. */
  tooWide: 'wrap' | 'cut' | 'keep';
}

/** A narrower cell than this says nothing any more. */
const narrowest = 8;

/** Titles and cells side by side, numbers to the right, the widest texts made narrower until a line fits. */
export function table(columns: readonly Column[], room = tableRoom()): string {
  const rows = [columns.map((c) => c.title), ...transposed(columns)];
  const widths = columns.map((_, i) => Math.max(...rows.map((row) => length(row[i] ?? ''))));
  const excess = () => widths.reduce((sum, w) => sum + w + 2, -2) - room;
  while (excess() > 0) {
    const shrinkable = columns.map((c, i) => (c.tooWide === 'keep' ? 0 : (widths[i] ?? 0)));
    const widest = Math.max(...shrinkable);
    if (widest <= narrowest) break;
    widths[shrinkable.indexOf(widest)] = Math.max(narrowest, widest - Math.min(4, excess()));
  }
  const numeric = columns.map((c) => c.cells.every((text) => /^[-+]?[\d.,% –]*$/.test(text)));
  return rows
    .flatMap((row) => {
      const cells = row.map((text, i) => fitted(text, widths[i] ?? 0, columns[i]?.tooWide));
      const height = Math.max(...cells.map((lines) => lines.length));
      return Array.from({ length: height }, (_, line) =>
        cells.map((lines, i) => padded(lines[line] ?? '', widths[i] ?? 0, numeric[i])),
      );
    })
    .map((cells) => cells.join('  ').trimEnd())
    .join('\n');
}

/** The lines of a cell. */
function fitted(text: string, room: number, tooWide: Column['tooWide'] = 'keep'): string[] {
  if (length(text) <= room || tooWide === 'keep') return [text];
  return tooWide === 'cut' ? [cut(text, room)] : wrapped(text, room);
}

function padded(text: string, room: number, toTheRight = false): string {
  const gap = ' '.repeat(Math.max(0, room - length(text)));
  return toTheRight ? gap + text : text + gap;
}

function transposed(columns: readonly Column[]): string[][] {
  return (columns[0]?.cells ?? []).map((_, row) => columns.map((column) => column.cells[row] ?? ''));
}

/** A table whose first row is the titles; `excerpts` are those below which a piece of a text is enough. */
export function aligned(rows: readonly (readonly string[])[], excerpts: readonly string[] = []): string {
  const [titles = [], ...rest] = rows;
  return table(
    titles.map((title, i) => ({
      title,
      cells: rest.map((row) => row[i] ?? ''),
      tooWide: excerpts.includes(title) ? 'cut' : 'wrap',
    })),
  );
}

/** "Which of these is…" */
export function cut(text: string, room: number): string {
  const letters = [...text];
  return letters.length <= room ? text : `${letters.slice(0, room - 1).join('')}…`;
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

/** Lines of whole words; one that is longer than a line is broken. */
function wrapped(text: string, room: number): string[] {
  const lines = [''];
  for (const word of text.split(' ').flatMap((each) => pieces(each, room))) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && length(last) + 1 + length(word) > room) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}

function pieces(word: string, room: number): string[] {
  const letters = [...word];
  const starts = Array.from({ length: Math.max(1, Math.ceil(letters.length / room)) }, (_, i) => i * room);
  return starts.map((start) => letters.slice(start, start + room).join(''));
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
