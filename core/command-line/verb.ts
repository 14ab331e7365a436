// What the command line knows of a procedure, as plain data. Made from the contract by verbs-of-contract.ts, kept by verbs.ts.
import type { ProcedureMeta } from '../contract/procedure.ts';

export interface Field {
  name: string;
  /** `--as`; kebab-case of the field unless the contract says otherwise. */
  flag: string;
  type: 'text' | 'number' | 'integer' | 'boolean' | 'list' | 'settings';
  required: boolean;
  /** The word `none` stands for null. */
  nullable: boolean;
  description: string;
  fallback?: unknown;
  options?: readonly string[];
  /** Bounds of a number, both allowed; `above` is not. */
  min?: number;
  above?: number;
  max?: number;
  /** Lengths of a text in characters. */
  minLength?: number;
  maxLength?: number;
}

export interface Verb {
  feature: string;
  verb: string;
  meta: ProcedureMeta;
  fields: Field[];
}

export function isPositional(verb: Verb, field: Field): boolean {
  return verb.meta.positional?.includes(field.name) ?? false;
}

/** As a person types it: `<model-id>` by position, `--limit` by name. */
export function spell(verb: Verb, field: Field): string {
  return isPositional(verb, field) ? `<${kebab(field.name)}>` : `--${field.flag}`;
}

/** "forethought evals start" */
export function title(verb: Verb): string {
  return `forethought ${verb.feature} ${kebab(verb.verb)}`;
}

/** "Usage: forethought datasets import <from> --as NAME --split TEXT [--config TEXT]" */
export function usage(verb: Verb): string {
  const byPosition = (verb.meta.positional ?? []).map((name) => {
    const required = verb.fields.find((field) => field.name === name)?.required ?? true;
    return required ? `<${kebab(name)}>` : `[<${kebab(name)}>]`;
  });
  const byName = verb.fields
    .filter((field) => !isPositional(verb, field))
    .map((field) => {
      const text = `--${field.flag}${placeholder(field)}`;
      return field.required ? text : `[${text}]`;
    });
  return `Usage: ${[title(verb), ...byPosition, ...byName].join(' ')}`;
}

/** What stands behind an option: " N", " TEXT", " gsm8k|rows", or nothing. */
export function placeholder(field: Field): string {
  if (field.type === 'boolean') return '';
  if (field.options && field.options.join('|').length <= 24) return ` ${field.options.join('|')}`;
  if (field.options) return ' NAME';
  if (field.type === 'settings') return ' PATH=VALUE';
  return field.type === 'number' || field.type === 'integer' ? ' N' : ' TEXT';
}

export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
}
