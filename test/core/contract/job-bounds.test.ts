// Core and trainer check the same spec: a bound that only one of them has would let a run start that the other refuses.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import * as blocks from '../../../core/contract/job-blocks.ts';
import * as specs from '../../../core/contract/job-spec.ts';

interface Bounds {
  low?: number;
  high?: number;
  above?: number;
}
interface Schema {
  [key: string]: unknown;
  properties?: Record<string, Schema>;
  anyOf?: Schema[];
}

const folder = 'resources/trainer/forethought_trainer/spec';
const python = readdirSync(folder)
  .filter((file) => file.endsWith('.py'))
  .map((file) => readFileSync(join(folder, file), 'utf8'))
  .join('\n')
  .concat('\nend\n');
const camel = (name: string) => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
const expected = (text: string) => Number(text.replaceAll('_', '').replace('2**53 - 1', '9007199254740991'));
const bodyOf = (className: string): string => {
  const [, body] = new RegExp(`^class ${className}(?:\\(\\w+\\))?:\n(.*?)(?=^\\S)`, 'ms').exec(python) ?? [];
  if (body === undefined) throw new Error(`The trainer has no ${className}.`);
  return body;
};

/** The numbers of a dataclass of the trainer's specs: `field: Annotated[type, number(low=…, above=…, high=…)]`. */
function boundsInPython(className: string): Record<string, Bounds> {
  const fields = bodyOf(className).matchAll(/^ {4}(\w+): Annotated\[[^,]+, number\((.*?)\)\](?: = .*)?$/gm);
  return Object.fromEntries(
    [...fields].map(([, name, rules]) => [
      camel(name!),
      Object.fromEntries(
        rules!
          .split(', ')
          .filter(Boolean)
          .map((rule) => [rule.split('=')[0], expected(rule.split('=')[1]!)]),
      ),
    ]),
  );
}

/** Every field's name, as the trainer takes it. */
function fieldsInPython(className: string): string[] {
  return [...bodyOf(className).matchAll(/^ {4}(\w+): /gm)].map(([, name]) => camel(name!.replace(/_$/, '')));
}

const inner = (schema: Schema): Schema => schema.anyOf?.find((option) => option['type'] !== 'null') ?? schema;

/** The same of a part of the zod schema; what every JSON integer has anyhow is left out. */
function boundsInCore(schema: Schema): Bounds {
  const { minimum, maximum, exclusiveMinimum } = inner(schema);
  const bounds: Bounds = {};
  if (typeof minimum === 'number' && minimum > Number.MIN_SAFE_INTEGER) bounds.low = minimum;
  if (typeof maximum === 'number') bounds.high = maximum;
  if (typeof exclusiveMinimum === 'number') bounds.above = exclusiveMinimum;
  return bounds;
}

/** An integer above 0 is one of at least 1, and none is above 2^53 - 1. */
function plain(bounds: Bounds, isInteger: boolean): Bounds {
  const { above, high, ...rest } = bounds;
  const low = isInteger && above !== undefined ? { low: above + 1 } : above !== undefined ? { above } : {};
  return { ...rest, ...low, ...(high !== undefined && high < Number.MAX_SAFE_INTEGER && { high }) };
}

const shapes: readonly [className: string, schema: z.ZodType][] = [
  ['Data', specs.Data],
  ['HeldOut', specs.HeldOut],
  ['Base', specs.Base],
  ['RewardServer', specs.GrpoSpec.shape.rewardServer],
  ['Lora', blocks.LoraSpec],
  ['Start', blocks.Start],
  ['Rollout', blocks.RolloutSettings],
  ['Generation', blocks.GenerationSettings],
  ['Limits', blocks.Limits],
  ['Mesh', blocks.Mesh],
  ['StopRule', blocks.StopRule],
  ['Header', specs.Header],
  ['GrpoTraining', blocks.GrpoTraining],
  ['GrpoSpec', specs.GrpoSpec],
  ['SftTraining', blocks.SftTraining],
  ['SftSpec', specs.SftSpec],
  ['DpoTraining', blocks.DpoTraining],
  ['DpoSpec', specs.DpoSpec],
  ['Replay', specs.Replay],
  ['Retention', specs.Retention],
  ['Guard', specs.Guard],
  ['Keep', blocks.KeepSettings],
  ['RejectionSpec', specs.RejectionSpec],
  ['GenerateSpec', specs.GenerateSpec],
  ['EvaluateSpec', specs.EvaluateSpec],
  ['QuestionSet', specs.QuestionSet],
  ['MergeSpec', specs.MergeSpec],
  ['ExportSpec', specs.ExportSpec],
  ['ProgramSpec', specs.ProgramSpec],
  ['Measure', blocks.Measure],
  ['Gate', blocks.Gate],
];
/** What only the trainer needs to be told to do otherwise. */
const ofTheTrainer = new Set(['shardBytes', 'mergedFrom']);

describe.each(shapes)('%s', (className, schema) => {
  const part = z.toJSONSchema(schema) as Schema;
  it('has the same bounds in core and in the trainer', () => {
    for (const [name, bounds] of Object.entries(boundsInPython(className))) {
      if (ofTheTrainer.has(name)) continue;
      const field = part.properties![name]!;
      const isInteger = inner(field)['type'] === 'integer';
      expect({ [name]: plain(boundsInCore(field), isInteger) }).toEqual({ [name]: plain(bounds, isInteger) });
    }
  });
  it('has the fields of the trainer', () => {
    const theirs = fieldsInPython(className).filter((name) => !ofTheTrainer.has(name));
    expect(Object.keys(part.properties ?? {})).toEqual(expect.arrayContaining(theirs));
  });
});

it('holds the name to the length that the trainer takes', () => {
  const longest = Number(/^ {4}name: Annotated\[str, text\(longest=(\d+)\)\]$/m.exec(python)![1]);
  const name = (z.toJSONSchema(specs.Header) as Schema).properties!['name']!;
  expect([name['minLength'], name['maxLength']]).toEqual([1, longest]);
});
