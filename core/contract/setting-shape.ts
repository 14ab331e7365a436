// What each setting of a kind of job may be, read from its schema: a form that is made of this offers what the schema takes and nothing else.
import { z } from 'zod';
import { isBlock } from './is-block.ts';
import { settingsOf } from './job-settings.ts';
import type { JobKind } from './job-spec.ts';

interface Common {
  /** It may be null. */
  nullable: boolean;
  /** It may be left out altogether. */
  optional: boolean;
  /** What it is where nothing is said; undefined where something has to be said. */
  fallback: unknown;
}

export interface BlockShape extends Common {
  is: 'block';
  fields: Readonly<Record<string, SettingShape>>;
}
/** A list of blocks, of one shape or of one for each kind. */
interface BlocksShape extends Common {
  is: 'blocks';
  of: readonly BlockShape[];
}
export interface ChoiceShape extends Common {
  /** One of the options, or several of them. */
  is: 'choice' | 'choices';
  options: readonly string[];
}
interface PlainShape extends Common {
  /** A "literal" cannot be another than it is: the kind of a stage. */
  is: 'number' | 'text' | 'texts' | 'switch' | 'literal';
}
export type SettingShape = BlockShape | BlocksShape | ChoiceShape | PlainShape;

/** The part of JSON Schema that settings are written in. */
interface Schema {
  /** "null" among several where the value may be null. */
  type?: string | readonly string[];
  const?: unknown;
  enum?: readonly (string | null)[];
  default?: unknown;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  items?: Schema;
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
}

const read = new Map<JobKind, BlockShape>();

/** All settings of a kind of job. */
export function settingsShape(kind: JobKind): BlockShape {
  const known = read.get(kind);
  if (known) return known;
  const shape = shapeOf(z.toJSONSchema(settingsOf[kind]) as Schema, true) as BlockShape;
  read.set(kind, shape);
  return shape;
}

/** The shape of one entry of a list: the one of its kind. Undefined for a kind that there is not. */
export function entryShape({ of }: BlocksShape, entry: unknown): BlockShape | undefined {
  if (of.length === 1) return of[0];
  const kind = isBlock(entry) ? entry['kind'] : undefined;
  return of.find(({ fields }) => fields['kind']?.fallback === kind);
}

/**
 * A value with everything that is missing in it: its default, else null. What is not of the shape stays as it is, so that whoever checks it can
 * say what is wrong.
 */
export function completed(shape: SettingShape, value: unknown): unknown {
  if (shape.is === 'blocks' && Array.isArray(value))
    return value.map((entry: unknown) => {
      const own = entryShape(shape, entry);
      return own ? completed(own, entry) : entry;
    });
  if (shape.is !== 'block' || !isBlock(value)) return value;
  const whole: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(shape.fields)) {
    if (value[name] !== undefined) whole[name] = completed(field, value[name]);
    else if (!field.optional) whole[name] = field.fallback ?? null;
  }
  return {
    ...whole,
    ...Object.fromEntries(Object.entries(value).filter(([name]) => !(name in shape.fields))),
  };
}

/** Settings that a person wrote: what is missing in them is at its default, or null, and not as a preset has it. */
export function wholeSettings(
  kind: JobKind,
  written: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return completed(settingsShape(kind), written) as Record<string, unknown>;
}

function shapeOf(schema: Schema, required: boolean): SettingShape {
  const nullable = [schema, ...(schema.anyOf ?? [])].some(({ type }) => typesOf(type).includes('null'));
  const inner = schema.anyOf?.find(({ type }) => type !== 'null') ?? schema;
  const [type] = typesOf(inner.type).filter((each) => each !== 'null');
  const common: Common = {
    nullable,
    optional: !required,
    fallback: 'default' in schema ? schema.default : nullable ? null : inner.const,
  };
  if ('const' in inner) return { ...common, is: 'literal' };
  if (inner.enum) return { ...common, is: 'choice', options: inner.enum.filter((option) => option !== null) };
  switch (type) {
    case 'object':
      return { ...common, is: 'block', fields: fieldsOf(inner) };
    case 'array':
      return { ...common, ...listOf(inner.items ?? {}) };
    case 'boolean':
      return { ...common, is: 'switch' };
    case 'string':
      return { ...common, is: 'text' };
    case 'integer':
    case 'number':
      return { ...common, is: 'number' };
    default:
      throw new Error(`No form is known for a setting of the type ${type}.`);
  }
}

const typesOf = (type: Schema['type'] = []): readonly string[] => (typeof type === 'string' ? [type] : type);

function fieldsOf({ properties = {}, required = [] }: Schema): BlockShape['fields'] {
  return Object.fromEntries(
    Object.entries(properties).map(([name, field]) => [name, shapeOf(field, required.includes(name))]),
  );
}

function listOf(
  items: Schema,
): Pick<ChoiceShape, 'is' | 'options'> | Pick<BlocksShape, 'is' | 'of'> | { is: 'texts' } {
  const [one, ...more] = (items.oneOf ?? [items]).map((each) => shapeOf(each, true));
  if (one?.is === 'choice') return { is: 'choices', options: one.options };
  if (one?.is === 'text') return { is: 'texts' };
  return { is: 'blocks', of: [one, ...more] as BlockShape[] };
}
