// What is wrong with a value, in plain words: zod's findings as a person would say them. Every message about a wrong value is made here.
import type { z } from 'zod';
import { wordsFor } from './setting-words.ts';

export type Issue = z.core.$ZodIssue;

/** `"training.steps" must be at least 1`: the field as data spells it. `whole` stands for the value itself. */
export function wrongValue(issue: Issue | undefined, whole = 'the whole'): string {
  if (!issue) return `${whole} cannot be read`;
  const field = spelled(issue.path);
  return `${field ? `"${field}"` : whole} ${isMissing(issue) ? 'is missing' : demand(issue)}`;
}

/** Names that nothing has come first: what is mistyped leaves another field empty, too. */
export function tellingFirst(issues: readonly Issue[]): Issue[] {
  return [...issues.filter(isUnknownName), ...issues.filter((issue) => !isUnknownName(issue))];
}

export const isUnknownName = ({ code }: Issue): boolean => code === 'unrecognized_keys';

/** The library tells the kind of what was there in its own sentence alone. */
function isMissing(issue: Issue): boolean {
  return issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
}

/** "“Steps” must be at least 1, but is 0.", "Stage sft: …": the setting as the launch form names it. */
export function wrongSetting(issue: Issue, settings: unknown): string {
  const [block, place] = issue.path;
  const stage = block === 'stages' && typeof place === 'number' ? place : null;
  const path = stage === null ? issue.path : issue.path.slice(2);
  const start = stage === null ? '' : `Stage ${stageName(settings, stage)}: `;
  if (issue.code === 'unrecognized_keys') {
    const keys = quoted(issue.keys);
    return path.length === 0
      ? `${start}there is no setting ${keys}.`.replace(/^t/, 'T')
      : `${start}“${nameOf(path)}” has no setting ${keys}.`;
  }
  const subject = path.length === 0 ? 'it' : `“${nameOf(path)}”`;
  const value = at(settings, issue.path);
  if (isMissingIn(settings, issue)) return `${start}${subject} is missing.`;
  // JSON has no words for NaN and infinity.
  const unit =
    typeof value === 'number' && wordsFor(issue.path.filter((part) => typeof part !== 'symbol'))?.unit;
  const words = typeof value === 'number' ? `${value}${unit ? ' ms' : ''}` : JSON.stringify(value);
  const shown = isPlain(value) ? `, but is ${words}` : '';
  return `${start}${subject} ${demand(issue)}${shown}.`;
}

/** Nothing was said: a form, and a text that is read whole, have null there. */
export function isMissingIn(settings: unknown, { path, code }: Issue): boolean {
  const value = at(settings, path);
  const isNothing =
    value === undefined || (value === null && (code === 'invalid_type' || code === 'invalid_value'));
  const isEntry = path[0] === 'stages' && typeof path[1] === 'number';
  return isNothing && path.length > (isEntry ? 2 : 0);
}

/** What has to be so: "must be a whole number". */
function demand(issue: Issue): string {
  switch (issue.code) {
    case 'too_small':
      return bounded(issue.origin, Number(issue.minimum), issue.inclusive ? 'at least' : 'more than');
    case 'too_big':
      return bounded(issue.origin, Number(issue.maximum), issue.inclusive ? 'at most' : 'less than');
    case 'invalid_type':
      return `must be ${kinds[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return issue.values.length === 1
        ? `must be ${String(issue.values[0])}`
        : `must be one of ${issue.values.map(String).join(', ')}`;
    case 'unrecognized_keys':
      return `has no field ${quoted(issue.keys)}`;
    case 'invalid_union': {
      const options = 'options' in issue ? issue.options : undefined;
      return Array.isArray(options) && options.length > 0
        ? `must be one of ${options.map(String).join(', ')}`
        : 'is of a kind that is not possible here';
    }
    case 'custom':
      return issue.message;
    case 'invalid_format':
      // A schema that says how its text is written has a demand for a message; the library has none.
      return issue.message.startsWith('must ') ? issue.message : 'is not written as it has to be';
    default:
      return 'is not written as it has to be';
  }
}

const kinds: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of fields',
  record: 'a group of fields',
  null: 'empty',
};

function bounded(of: string, bound: number, words: string): string {
  if (of === 'string' && bound === 1 && words === 'at least') return 'must not be empty';
  // Every digit of a bound counts: 0.0001 is not 0, and the largest whole number has sixteen.
  const number = bound.toLocaleString('en', { maximumSignificantDigits: 16 });
  if (of === 'string') return `must have ${words} ${number} characters`;
  if (of === 'array') return `must have ${words} ${number === '1' ? 'one entry' : `${number} entries`}`;
  return `must be ${words} ${number}`;
}

/** As the form names it, else as the settings spell it. */
function nameOf(path: readonly PropertyKey[]): string {
  const words = wordsFor(path.filter((part) => typeof part !== 'symbol'));
  return words?.label ?? spelled(path);
}

/** `["stages", 1, "training", "steps"]` → "stages[1].training.steps" */
export function spelled(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (name, part) =>
      typeof part === 'number' ? `${name}[${part}]` : name ? `${name}.${String(part)}` : String(part),
    '',
  );
}

function stageName(settings: unknown, place: number): string {
  const id = at(settings, ['stages', place, 'id']);
  return typeof id === 'string' && id !== '' ? id : String(place + 1);
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, part) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[part] : undefined,
    value,
  );
}

function isPlain(value: unknown): boolean {
  return (
    typeof value === 'number' ||
    typeof value === 'boolean' ||
    (typeof value === 'string' && value.length > 0 && value.length <= 40)
  );
}

const quoted = (keys: readonly string[]): string => keys.map((key) => `"${key}"`).join(' and ');
