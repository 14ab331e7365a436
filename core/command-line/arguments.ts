// Turns words of a command line into the input of a procedure, guided by the procedure's own schema. Used by cli.ts.
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { CoreError } from '../contract/errors.ts';
import { contract } from '../contract/index.ts';
import type { ProcedureMeta } from '../contract/procedure.ts';

export interface Field {
  name: string;
  /** `--as`; kebab-case of the field unless the contract says otherwise. */
  flag: string;
  type: 'string' | 'number' | 'boolean' | 'list';
  required: boolean;
  description: string;
  fallback: unknown;
  options: readonly string[] | undefined;
}

export interface Verb {
  feature: string;
  verb: string;
  meta: ProcedureMeta;
  fields: Field[];
}

interface JsonField {
  type?: string | string[];
  description?: string;
  default?: unknown;
  enum?: string[];
  anyOf?: JsonField[];
}

/** Every procedure of the contract as the command line sees it. */
export function verbsOf(feature: string): Verb[] {
  const procedures = (contract as unknown as Record<string, Record<string, Declared>>)[feature];
  return Object.entries(procedures ?? {}).map(([verb, declared]) => {
    const meta = declared['~orpc'].meta;
    return { feature, verb, meta, fields: fieldsOf(declared['~orpc'].inputSchema, meta) };
  });
}

interface Declared {
  '~orpc': { meta: ProcedureMeta; inputSchema?: z.ZodType };
}

function fieldsOf(schema: z.ZodType | undefined, meta: ProcedureMeta): Field[] {
  if (!schema) return [];
  const json = z.toJSONSchema(schema, { io: 'input' }) as {
    properties?: Record<string, JsonField>;
    required?: string[];
  };
  const flags = Object.entries(meta.flags ?? {});
  return Object.entries(json.properties ?? {}).map(([name, field]) => ({
    name,
    flag:
      flags.find(([, target]) => target === name)?.[0] ??
      name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`),
    type: typeOf(field),
    required: json.required?.includes(name) ?? false,
    description: field.description ?? '',
    fallback: field.default,
    options: field.enum,
  }));
}

function typeOf(field: JsonField): Field['type'] {
  const own = field.type ?? field.anyOf?.find((option) => option.type !== 'null')?.type;
  if (own === 'integer' || own === 'number') return 'number';
  if (own === 'boolean') return 'boolean';
  return own === 'array' ? 'list' : 'string';
}

/** Parses the words after `forethought <feature> <verb>`. Throws `bad-input` naming the argument. */
export function readInput(verb: Verb, words: readonly string[]): Record<string, unknown> {
  const { values, positionals } = split(verb, words);
  const input: Record<string, unknown> = {};
  const positional = verb.meta.positional ?? [];
  if (positionals.length > positional.length)
    throw new CoreError(
      'bad-input',
      `Unexpected argument "${positionals[positional.length]}". ${usage(verb)}`,
    );
  positionals.forEach((word, i) => {
    const field = verb.fields.find((f) => f.name === positional[i]);
    if (field) input[field.name] = readValue(field, word);
  });
  for (const field of verb.fields) {
    const given = values[field.flag];
    if (given === undefined) continue;
    input[field.name] = Array.isArray(given)
      ? given
      : typeof given === 'string'
        ? readValue(field, given)
        : given;
  }
  for (const field of verb.fields)
    if (field.required && input[field.name] === undefined)
      throw new CoreError('bad-input', `Missing ${spell(verb, field)}. ${usage(verb)}`);
  return input;
}

function split(verb: Verb, words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      strict: true,
      options: Object.fromEntries(
        verb.fields.map((f) => [
          f.flag,
          {
            type: f.type === 'boolean' ? ('boolean' as const) : ('string' as const),
            multiple: f.type === 'list',
          },
        ]),
      ),
    });
  } catch (error) {
    throw new CoreError('bad-input', `${(error as Error).message.split('. To specify')[0]}. ${usage(verb)}`);
  }
}

function readValue(field: Field, word: string): unknown {
  if (field.type !== 'number') return word;
  const number = Number(word);
  if (word.trim() === '' || !Number.isFinite(number))
    throw new CoreError('bad-input', `--${field.flag} wants a number, not "${word}".`);
  return number;
}

function spell(verb: Verb, field: Field): string {
  return verb.meta.positional?.includes(field.name) ? `<${field.name}>` : `--${field.flag}`;
}

/** "Usage: forethought datasets import <from> --as … [--config …]" */
export function usage(verb: Verb): string {
  const positional = (verb.meta.positional ?? []).map((name) => `<${name}>`);
  const flags = verb.fields
    .filter((f) => !verb.meta.positional?.includes(f.name))
    .map((f) => {
      const text = f.type === 'boolean' ? `--${f.flag}` : `--${f.flag} …`;
      return f.required ? text : `[${text}]`;
    });
  return `Usage: forethought ${[verb.feature, verb.verb, ...positional, ...flags].join(' ')}`;
}
