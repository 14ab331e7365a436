// Results for people: lists as tables, objects as lines, numbers short. `--json` bypasses all of it. Used by cli.ts.

const maxCell = 60;

/** A value of any output schema as text. */
export function printable(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'nothing here yet' : table(value);
  if (typeof value === 'object') return lines(value as Record<string, unknown>);
  return String(value);
}

function table(items: readonly unknown[]): string {
  const objects = items.filter((i): i is Record<string, unknown> => typeof i === 'object' && i !== null);
  if (objects.length !== items.length) return items.map(cell).join('\n');
  const keys = [...new Set(objects.flatMap((o) => Object.keys(o)))].filter((k) =>
    objects.some((o) => isShort(o[k])),
  );
  return aligned([keys, ...objects.map((o) => keys.map((k) => cell(o[k])))]);
}

function lines(object: Record<string, unknown>): string {
  const entries = Object.entries(object);
  const width = Math.max(...entries.map(([k]) => k.length), 0) + 2;
  return entries
    .map(([key, value]) => {
      if (Array.isArray(value) && value.some((v) => typeof v === 'object'))
        return `${key}\n${indent(table(value))}`;
      if (typeof value === 'string')
        return `${key.padEnd(width)}${value.includes('\n') ? `\n${indent(value)}` : value}`;
      if (typeof value === 'object' && value !== null && !isShort(value) && !Array.isArray(value))
        return `${key}\n${indent(lines(value as Record<string, unknown>))}`;
      return `${key.padEnd(width)}${cell(value)}`;
    })
    .join('\n');
}

/** Rows of cells as columns; numbers to the right. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((r) => (r[i] ?? '').length)));
  const numeric = widths.map((_, i) => rows.slice(1).every((r) => /^[-+]?[\d.,% –]*$/.test(r[i] ?? '')));
  return rows
    .map((row) =>
      row
        .map((text, i) => (numeric[i] ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function isShort(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return isProportion(value);
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : value.toPrecision(4);
  if (typeof value === 'object')
    return isProportion(value) ? proportion(value) : JSON.stringify(value).slice(0, maxCell);
  const text = String(value).replace(/\s+/g, ' ');
  return text.length > maxCell ? `${text.slice(0, maxCell - 1)}…` : text;
}

interface ProportionLike {
  share: number;
  low: number;
  high: number;
  n: number;
}

function isProportion(value: object): value is ProportionLike {
  return 'share' in value && 'low' in value && 'high' in value && 'n' in value;
}

/** "87.3 % (83.1–90.6, n 300)" */
export function proportion(p: ProportionLike): string {
  const percent = (x: number) => (x * 100).toFixed(1);
  return `${percent(p.share)} % (${percent(p.low)}–${percent(p.high)}, n ${p.n})`;
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}
