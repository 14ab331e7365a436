// Core and trainer check the same spec: a bound that only one of them has would let a run start that the other refuses.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { JobSpec } from '../../../core/contract/jobs.ts';

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

const python = ['blocks', 'grpo']
  .map((file) => readFileSync(`resources/trainer/forethought_trainer/spec/${file}.py`, 'utf8'))
  .join('@dataclass');
const camel = (name: string) => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
const expected = (text: string) => Number(text.replaceAll('_', '').replace('2**53 - 1', '9007199254740991'));

/** The numbers of a dataclass of the trainer's specs: `field: Annotated[type, number(low=…, above=…, high=…)]`. */
function boundsInPython(className: string): Record<string, Bounds> {
  const body = python.split(`class ${className}:`)[1]!.split('@dataclass')[0]!;
  const fields = body.matchAll(/^ {4}(\w+): Annotated\[[^,]+, number\((.*)\)\]$/gm);
  return Object.fromEntries(
    [...fields].map(([, name, rules]) => [
      camel(name!),
      Object.fromEntries(
        rules!.split(', ').map((rule) => [rule.split('=')[0], expected(rule.split('=')[1]!)]),
      ),
    ]),
  );
}

/** The same of a part of the zod schema; what every JSON integer has anyhow is left out. */
function boundsInCore(part: Schema): Record<string, Bounds> {
  const found = Object.entries(part.properties ?? {}).map(([name, schema]): [string, Bounds] => {
    const { minimum, maximum, exclusiveMinimum } = schema.anyOf?.[0] ?? schema;
    const bounds: Bounds = {};
    if (typeof minimum === 'number' && minimum > Number.MIN_SAFE_INTEGER) bounds.low = minimum;
    if (typeof maximum === 'number') bounds.high = maximum;
    if (typeof exclusiveMinimum === 'number') bounds.above = exclusiveMinimum;
    return [name, bounds];
  });
  return Object.fromEntries(found);
}

/** An integer above 0 is one of at least 1, and none is above 2^53 - 1. */
function plain(bounds: Bounds, isInteger: boolean): Bounds {
  const { above, high, ...rest } = bounds;
  const low = isInteger && above !== undefined ? { low: above + 1 } : above !== undefined ? { above } : {};
  return { ...rest, ...low, ...(high !== undefined && high < Number.MAX_SAFE_INTEGER && { high }) };
}

const spec = z.toJSONSchema(JobSpec) as Schema;
it.each([
  ['Data', 'data'],
  ['RewardServer', 'rewardServer'],
  ['Lora', 'lora'],
  ['GrpoTraining', 'training'],
  ['Rollout', 'rollout'],
  ['Limits', 'limits'],
  ['Header', null],
])('%s has the same bounds in core and in the trainer', (className, field) => {
  const part = field === null ? spec : spec.properties![field]!;
  const ours = boundsInCore(part);
  const theirs = boundsInPython(className);
  expect(Object.keys(theirs).length).toBeGreaterThan(0);
  for (const [name, bounds] of Object.entries(theirs)) {
    const schema = part.properties![name]!;
    const isInteger = (schema.anyOf?.[0] ?? schema)['type'] === 'integer';
    expect({ [name]: plain(ours[name]!, isInteger) }).toEqual({ [name]: plain(bounds, isInteger) });
  }
});

it('holds the name to the length that the trainer takes', () => {
  const longest = Number(/^ {4}name: Annotated\[str, text\(longest=(\d+)\)\]$/m.exec(python)![1]);
  const name = spec.properties!['name']!;
  expect([name['minLength'], name['maxLength']]).toEqual([1, longest]);
});
