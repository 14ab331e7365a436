// Turns the words behind a verb into the input of its procedure, within the bounds that the contract sets. Used by cli.ts.
import { parseArgs } from 'node:util';
import { CoreError } from '../contract/errors.ts';
import { didYouMean } from './nearest.ts';
import { readSettings, type Settings, withSetting } from './settings-words.ts';
import { type Field, isPositional, kebab, spell, title, usage, type Verb } from './verb.ts';

/** Throws `bad-input` that names the word, what is wanted there, and where to read on. */
export function readInput(verb: Verb, words: readonly string[]): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  const places = [...(verb.meta.positional ?? [])];
  for (const token of tokens(verb, words)) {
    if (token.kind === 'option') take(verb, input, optionOf(verb, token.rawName), token.value);
    else if (token.kind === 'positional') {
      const name = places.shift();
      const field = verb.fields.find((each) => each.name === name);
      if (!field) throw refused(verb, `takes no "${token.value}" here`);
      take(verb, input, field, token.value);
    }
  }
  for (const field of verb.fields)
    if (field.required && input[field.name] === undefined)
      throw refused(verb, `needs ${spell(verb, field)}: ${wish(field)}`);
  return input;
}

/** The words as options and positions; nothing is judged yet, because Node's own sentences speak to programmers. */
function tokens(verb: Verb, words: readonly string[]) {
  const options = verb.fields
    .filter((field) => !isPositional(verb, field))
    .map((field) => [field.flag, { type: field.type === 'boolean' ? 'boolean' : 'string' }] as const);
  return parseArgs({
    args: [...words],
    options: Object.fromEntries(options),
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens;
}

function optionOf(verb: Verb, word: string): Field {
  const named = verb.fields.filter((field) => !isPositional(verb, field));
  const field = named.find((each) => `--${each.flag}` === word);
  if (field) return field;
  const place = verb.fields.find((each) => isPositional(verb, each) && `--${kebab(each.name)}` === word);
  if (place) throw refused(verb, `takes ${spell(verb, place)} by its place, without ${word}`, usage(verb));
  const renamed = named.find((each) => `--${kebab(each.name)}` === word);
  if (renamed) throw refused(verb, `has no option ${word}`, `Did you mean --${renamed.flag}?`);
  const known = [...named.map((each) => `--${each.flag}`), '--lab', '--json', '--help'];
  throw refused(verb, `has no option ${word}`, didYouMean(word, known).trim());
}

function take(verb: Verb, input: Record<string, unknown>, field: Field, word: string | undefined): void {
  const value = readValue(verb, field, word);
  if (field.type === 'settings')
    input[field.name] = withSetting((input[field.name] as Settings | undefined) ?? {}, value as Settings);
  else if (field.type === 'list') input[field.name] = [...((input[field.name] as unknown[]) ?? []), value];
  else if (input[field.name] !== undefined) throw refused(verb, `wants ${spell(verb, field)} only once`);
  else input[field.name] = value;
}

function readValue(verb: Verb, field: Field, word: string | undefined): unknown {
  const where = spell(verb, field);
  if (field.type === 'boolean') {
    if (word === undefined) return true;
    throw refused(verb, `takes no value behind ${where}`);
  }
  if (word === undefined || (word.startsWith('--') && !isPositional(verb, field)))
    throw refused(verb, `${where} wants ${wish(field)}`);
  if (field.nullable && word === 'none') return null;
  if (field.type === 'settings') {
    const settings = readSettings(word);
    if (settings) return settings;
    throw refused(verb, `${where} wants ${field.description}, not "${shortened(word)}"`);
  }
  const value = field.type === 'number' || field.type === 'integer' ? numberOf(word) : word;
  if (!isAllowed(field, value)) {
    const near = field.options ? didYouMean(word, field.options).trim() : '';
    // Help does not show the bound that every whole number has; who goes beyond it hears of it.
    const largest = Number.MAX_SAFE_INTEGER;
    const bounds = field.type === 'integer' && Number(value) > largest ? { max: largest, ...field } : field;
    throw refused(verb, `${where} wants ${allowed(bounds)}, not "${shortened(word)}"`, near);
  }
  return value;
}

function numberOf(word: string): number {
  return word.trim() === '' ? Number.NaN : Number(word);
}

function isAllowed(field: Field, value: string | number): boolean {
  if (typeof value === 'string') {
    if (field.options) return field.options.includes(value);
    return value.length >= (field.minLength ?? 0) && value.length <= (field.maxLength ?? Infinity);
  }
  const whole = field.type === 'number' || Number.isSafeInteger(value);
  const inside = value >= (field.min ?? -Infinity) && value <= (field.max ?? Infinity);
  return Number.isFinite(value) && whole && inside && value > (field.above ?? -Infinity);
}

/** What belongs there: a bounded value by its bounds, a text by its meaning. */
function wish(field: Field): string {
  return isText(field) && field.description !== '' ? field.description : allowed(field);
}

function isText(field: Field): boolean {
  return !field.options && (field.type === 'text' || field.type === 'list');
}

/** What a value may be: "one of train, test", "a number above 0", "a text of at most 120 characters". */
export function allowed(field: Field): string {
  if (field.options) return `one of ${field.options.join(', ')}`;
  if (isText(field))
    return field.maxLength === undefined ? 'a text' : `a text of at most ${field.maxLength} characters`;
  const kind = field.type === 'integer' ? 'a whole number' : 'a number';
  const low =
    field.above !== undefined ? `above ${field.above}` : field.min !== undefined ? `from ${field.min}` : '';
  const high = field.max === undefined ? (field.min !== undefined ? 'up' : '') : `to ${field.max}`;
  return [kind, low, high, field.nullable ? 'or none' : ''].filter(Boolean).join(' ');
}

function shortened(word: string): string {
  return word.length > 60 ? `${word.slice(0, 60)}…` : word;
}

/** "forethought evals start has no option --limt. Did you mean --limit? See: npx forethought evals start --help" */
function refused(verb: Verb, what: string, next = ''): CoreError {
  const subject = what.startsWith('--') || what.startsWith('<') ? `${title(verb)}: ` : `${title(verb)} `;
  const parts = [`${subject}${what}.`, next, `See: npx ${title(verb)} --help`];
  return new CoreError('bad-input', parts.filter(Boolean).join(' '));
}
