// Values of a suite in words: parameters, conditions, and one side of a change. Pure.
import type { SuitePart } from '../../core/contract/reward.ts';
import { nameInWords, plural } from '../ui/format.ts';

/** "minWords" → "min words". */
export function paramInWords(name: string): string {
  return name.replace(
    /([a-z])([A-Z])/g,
    (_, before: string, after: string) => `${before} ${after.toLowerCase()}`,
  );
}

/** An error names the field at fault for the command line; beside the field itself that says nothing. */
export function withoutField(error: Error): Error {
  const [, rest] = /^(?:set|from|suite|row|completion): ([\s\S]+)$/.exec(error.message) ?? [];
  if (rest === undefined) return error;
  return Object.assign(new Error(rest.charAt(0).toUpperCase() + rest.slice(1), { cause: error }), {
    code: 'code' in error ? error.code : undefined,
  });
}

/** A text that is read line by line: source of a function. */
export const isCode = (value: unknown): value is string =>
  typeof value === 'string' && value.trim().includes('\n');

export function valueInWords(value: unknown): string {
  if (value === null || value === undefined) return 'default';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value))
    return value.every((each) => typeof each === 'string')
      ? value.map((each: string) => nameInWords(each)).join(', ')
      : `${value.length} ${value.length === 1 ? 'item' : 'items'}`;
  if (typeof value === 'object') {
    const { id, fn, weight } = value as Partial<SuitePart>;
    if (fn !== undefined) return `${fn}, weight ${weight}`;
    return id ?? JSON.stringify(value);
  }
  if (isCode(value)) return plural(value.trim().split('\n').length, 'line');
  const text = String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

export function whenInWords(when: SuitePart['when']): string {
  if (!when) return 'always';
  const { domain, answerType } = when;
  return [domain?.map(nameInWords).join(', '), answerType && `${answerType.join(', ')} answers`]
    .filter(Boolean)
    .join(' · ');
}
