// An adapter's configuration means the same to core and trainer: what each understands and refuses of it, field by field. The trainer's
// test_adapters.py holds the other half of this contract.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { AdapterConfig } from '../../../core/models/manifest.ts';
import { rootFolder } from '../../../resources/setup/paths.mjs';

const Values = z.array(z.unknown());
const { least, fields } = z
  .object({
    least: z.record(z.string(), z.unknown()),
    fields: z.record(z.string(), z.object({ accepted: Values, refused: Values })),
  })
  .parse(
    JSON.parse(
      readFileSync(join(rootFolder, 'resources/trainer/tests/adapter_configs.json'), 'utf8'),
    ) as unknown,
  );

const understands = (config: object) => AdapterConfig.safeParse(config).success;

it.each(Object.entries(fields))('%s is understood as the trainer does', (field, { accepted, refused }) => {
  for (const value of accepted)
    expect(understands({ ...least, [field]: value }), JSON.stringify(value)).toBe(true);
  for (const value of refused)
    expect(understands({ ...least, [field]: value }), JSON.stringify(value)).toBe(false);
  const { [field]: _, ...without } = least;
  expect(understands(without)).toBe(!(field in least));
});

it('has no field that the core alone understands', () => {
  expect(Object.keys(AdapterConfig.shape).toSorted()).toEqual(Object.keys(fields).toSorted());
});
