// Reads the contract into verbs. Only verbs.ts and tests load it: building the contract's schemas takes longer than any help text.
import { z } from 'zod';
import { contract } from '../contract/index.ts';
import type { ProcedureMeta } from '../contract/procedure.ts';
import { type Field, kebab, type Verb } from './verb.ts';

interface Declared {
  '~orpc': { meta: ProcedureMeta; inputSchema?: z.ZodType };
}

interface JsonField {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: string[];
  anyOf?: JsonField[];
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
}

/** Every procedure of the contract, in its order. */
export function verbsOfContract(): Verb[] {
  return Object.entries(contract as unknown as Record<string, Record<string, Declared>>).flatMap(
    ([feature, procedures]) =>
      Object.entries(procedures).map(([verb, declared]) => {
        const { meta, inputSchema } = declared['~orpc'];
        return { feature, verb, meta, fields: fieldsOf(inputSchema, meta) };
      }),
  );
}

function fieldsOf(schema: z.ZodType | undefined, meta: ProcedureMeta): Field[] {
  if (!schema) return [];
  const json = z.toJSONSchema(schema, { io: 'input' }) as {
    properties?: Record<string, JsonField>;
    required?: string[];
  };
  const flags = Object.entries(meta.flags ?? {});
  return Object.entries(json.properties ?? {}).map(([name, field]) => {
    const value = field.anyOf?.find((option) => option.type !== 'null') ?? field;
    return {
      name,
      flag: flags.find(([, target]) => target === name)?.[0] ?? kebab(name),
      type: typeOf(value),
      required: json.required?.includes(name) ?? false,
      nullable: field.anyOf?.some((option) => option.type === 'null') ?? false,
      description: field.description ?? '',
      ...(field.default !== undefined && { fallback: field.default }),
      ...(value.enum && { options: value.enum }),
      ...bounds(value),
    };
  });
}

function bounds({ minimum, exclusiveMinimum, maximum, minLength, maxLength }: JsonField): Partial<Field> {
  return {
    ...(minimum !== undefined && { min: minimum }),
    ...(exclusiveMinimum !== undefined && { above: exclusiveMinimum }),
    // An integer's own limit is no bound that a person should hear of.
    ...(maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER && { max: maximum }),
    ...(minLength !== undefined && { minLength }),
    ...(maxLength !== undefined && { maxLength }),
  };
}

function typeOf(field: JsonField): Field['type'] {
  if (field.type === 'integer' || field.type === 'number' || field.type === 'boolean') return field.type;
  if (field.type === 'object') return 'settings';
  return field.type === 'array' ? 'list' : 'text';
}
