// Merging holds a few blocks of rows, never the model and no tensor of it: measured in bytes on files that are far larger.
import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { MergeRequest } from '../../../core/models/merge.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

const MIB = 1024 * 1024;
const [LARGE, WIDTH] = [6144, 1024];
const layer = 'model.layers.0';
const small = ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj', 'self_attn.o_proj'];

/** Zeros, of which the disk keeps none. */
function writeZeros(path: string, shapes: Readonly<Record<string, readonly [number, number]>>): string {
  let at = 0;
  const header = Object.entries(shapes).map(([name, shape]) => {
    const start = at;
    at += 4 * shape[0] * shape[1];
    return [name, { dtype: 'F32', shape, data_offsets: [start, at] }];
  });
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(path, Buffer.concat([length, json]));
  truncateSync(path, 8 + json.length + at);
  return path;
}

it.each(['float32', 'bfloat16'] as const)('to %s', (type) => {
  const folder = tempFolder();
  const stem = `base_model.model.${layer}.mlp.up_proj`;
  const request: MergeRequest = {
    weights: [
      writeZeros(join(folder, 'base.safetensors'), {
        'model.embed_tokens.weight': [LARGE, WIDTH],
        ...Object.fromEntries(small.map((name) => [`${layer}.${name}.weight`, [1, WIDTH]])),
        [`${layer}.mlp.gate_proj.weight`]: [1, WIDTH],
        [`${layer}.mlp.up_proj.weight`]: [LARGE, WIDTH],
        [`${layer}.mlp.down_proj.weight`]: [1, WIDTH],
        'model.norm.weight': [1, WIDTH],
      }),
    ],
    adapters: [
      {
        path: writeZeros(join(folder, 'adapter.safetensors'), {
          [`${stem}.lora_A.weight`]: [2, WIDTH],
          [`${stem}.lora_B.weight`]: [LARGE, 2],
        }),
        ...{ rank: 2, alpha: 4 },
      },
    ],
    folder: join(folder, 'out'),
    ...{ type, shardBytes: 1024 * MIB },
  };
  mkdirSync(request.folder);
  const program = join(import.meta.dirname, '../../fixtures/merge-held.ts');
  const said = execFileSync(process.execPath, ['--expose-gc', program, JSON.stringify(request)], {
    encoding: 'utf8',
  });
  const { most, written } = JSON.parse(said);
  const values = 2 * LARGE * WIDTH;
  expect(statSync(request.weights[0]!).size).toBeGreaterThan(4 * values);
  expect(written).toBeGreaterThan((type === 'float32' ? 4 : 2) * values);
  // A block as float32 and as it is written, and what has not been given back yet: 6 to 10 MiB. One of the two tensors has 24 MiB.
  expect(most).toBeGreaterThan(4 * MIB);
  expect(most).toBeLessThan(16 * MIB);
});
