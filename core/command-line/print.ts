// Any result for people: lists as tables, objects as lines. `--json` bypasses it; what needs its own form has it in printers.ts.
import { cell, heading, isMoment, isProportion, isScore, isStopRule } from './cell.ts';
import { type Column, indent, table, tableRoom } from './layout.ts';

/** A value of any output schema as text; `shown` names the columns of its table, in order; `room` is the width for tables. */
export function printable(value: unknown, shown?: readonly string[], room = tableRoom()): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return list('', value, shown, room);
  if (typeof value === 'object') return lines(value as Record<string, unknown>, shown, room);
  return String(value);
}

function list(
  key: string,
  items: readonly unknown[],
  shown: readonly string[] | undefined,
  room: number,
): string {
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
        tooWide:
          objects.every((o) => typeof o[k] !== 'string') || isId(k) ? 'keep' : isExcerpt(k) ? 'cut' : 'wrap',
      }),
    ),
    room,
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

/** Texts that models read and write are recognized by their beginning; what Forethought says is read whole. */
function isExcerpt(key: string): boolean {
  return ['question', 'prompt', 'completion', 'answer', 'gold', 'text', 'excerpt'].includes(key);
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

function lines(object: Record<string, unknown>, shown: readonly string[] | undefined, room: number): string {
  const entries = Object.entries(object);
  const left = Math.max(...entries.map(([key]) => heading(key).length), 0) + 2;
  return entries
    .map(([key, value]) => {
      if (typeof value === 'string' && value.includes('\n')) return `${heading(key)}\n${indent(value)}`;
      if (fits(value)) return `${heading(key).padEnd(left)}${whole(key, value)}`;
      const inner = Array.isArray(value)
        ? list(key, value, shown, room - 2)
        : lines(value as Record<string, unknown>, undefined, room - 2);
      return `${heading(key)}\n${indent(inner)}`;
    })
    .join('\n');
}

/** A line has room for what a cell would cut. */
function whole(key: string, value: unknown): string {
  return typeof value === 'string' && value !== '' ? value : cell(key, value);
}
