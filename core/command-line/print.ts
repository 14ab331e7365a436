// Any result for people: lists as tables, objects as lines. `--json` bypasses it; what needs its own form has it in printers.ts.
import { cell, heading, isMoment, isProportion, isScore, isStopRule } from './cell.ts';
import { type Column, indent, table } from './layout.ts';

/** A value of any output schema as text; `shown` names the columns of its table, in order. */
export function printable(value: unknown, shown?: readonly string[]): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return list('', value, shown);
  if (typeof value === 'object') return lines(value as Record<string, unknown>, shown);
  return String(value);
}

function list(key: string, items: readonly unknown[], shown?: readonly string[]): string {
  if (items.length === 0) return 'nothing here yet';
  const objects = items.filter((i): i is Record<string, unknown> => typeof i === 'object' && i !== null);
  if (objects.length !== items.length) return items.map((item) => cell(key, item)).join('\n');
  const keys = shown ?? [...new Set(objects.flatMap((o) => Object.keys(o)))];
  // A column in which nothing stands is no column.
  const filled = keys.filter((k) => objects.some((o) => !isEmpty(o[k]) && fits(o[k])));
  return table(
    filled.map(
      (k): Column => ({
        title: heading(k),
        cells: objects.map((o) => cell(k, o[k])),
        cutAt:
          objects.every((o) => typeof o[k] !== 'string') || isId(k) ? 'never' : isName(k) ? 'middle' : 'end',
      }),
    ),
  );
}

function isEmpty(value: unknown): boolean {
  return (
    value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
  );
}

/** Ids are copied into the next command. */
function isId(key: string): boolean {
  return key === 'id' || key.endsWith('Id');
}

/** The ends of a name tell more than its middle. */
function isName(key: string): boolean {
  return ['name', 'label', 'origin'].includes(key);
}

/** Whether a value has a place in a cell. */
function fits(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return (
    isStopRule(value) ||
    isProportion(value) ||
    isMoment(value) ||
    isScore(value) ||
    (Array.isArray(value) && value.every((v) => typeof v !== 'object' || v === null))
  );
}

function lines(object: Record<string, unknown>, shown?: readonly string[]): string {
  const entries = Object.entries(object);
  const room = Math.max(...entries.map(([key]) => heading(key).length), 0) + 2;
  return entries
    .map(([key, value]) => {
      if (typeof value === 'string' && value.includes('\n')) return `${heading(key)}\n${indent(value)}`;
      if (fits(value)) return `${heading(key).padEnd(room)}${whole(key, value)}`;
      const inner = Array.isArray(value) ? list(key, value, shown) : lines(value as Record<string, unknown>);
      return `${heading(key)}\n${indent(inner)}`;
    })
    .join('\n');
}

/** A line has room for what a cell would cut. */
function whole(key: string, value: unknown): string {
  return typeof value === 'string' && value !== '' ? value : cell(key, value);
}
