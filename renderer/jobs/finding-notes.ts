// What the check found, as notes next to the fields that decide it, and where to look for such a field. Pure; used by launch-form.tsx,
// settings-editor.tsx and use-field-focus.ts.
import type { RunFinding } from '../../core/contract/run-views.ts';
import type { Note } from '../ui/notes.tsx';

/** The notes of a field, or of several names of one, the gravest first. */
export type NotesOf = (...fields: readonly string[]) => Note[];

export const levels = {
  error: { tone: 'bad', word: 'stops it' },
  warning: { tone: 'warn', word: 'warning' },
} as const;

const gravest = Object.keys(levels);

export function notesIn(findings: readonly RunFinding[]): NotesOf {
  const sorted = findings.toSorted((a, b) => gravest.indexOf(a.level) - gravest.indexOf(b.level));
  return (...fields) =>
    sorted
      .filter(({ field }) => fields.includes(field))
      .map(({ level, message }) => ({ ...levels[level], text: message }));
}

/** The field itself, then what it is in: "stages[0].gate.set", "stages[0].gate", "stages[0]", "stages". */
export function waysTo(field: string): string[] {
  const outer = field.replace(/(\.[^.[\]]+|\[\d+\])$/, '');
  return outer === field ? [field] : [field, ...waysTo(outer)];
}
