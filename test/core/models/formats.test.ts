// The formats that are read and written here: safetensors, GGUF headers, the GGUF LoRA layout.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readGgufHeader } from '../../../core/models/gguf-header.ts';
import { writeGgufLora } from '../../../core/models/gguf-lora.ts';
import { pairLora } from '../../../core/models/lora-names.ts';
import { countNonFinite, readFloat32, readSafetensors } from '../../../core/models/safetensors.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { smallAdapter } from './adapter-folder.ts';
import { baseTensors, safetensorsBytes, small, writeModelGguf } from './tiny-model.ts';

function safetensors(header: unknown, data = Buffer.alloc(0)): string {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const path = join(tempFolder(), 'x.safetensors');
  writeFileSync(path, Buffer.concat([length, json, data]));
  return path;
}

describe('safetensors', () => {
  it('gives names, shapes and values back', async () => {
    const path = join(tempFolder(), 'adapter.safetensors');
    const tensors = smallAdapter(small);
    writeFileSync(path, safetensorsBytes(tensors));
    const read = await readSafetensors(path);
    expect(read.tensors.size).toBe(28);
    const name = 'base_model.model.model.layers.1.mlp.down_proj.lora_A.weight';
    const tensor = read.tensors.get(name)!;
    expect(tensor.shape).toEqual([4, 48]);
    expect(await readFloat32(path, tensor)).toEqual(tensors.get(name)!.values);
  });

  it('widens half precision exactly', async () => {
    // 1.5, -2, 2^-24 (smallest half), infinity as binary16; 1.5, -2, NaN, 3 as bfloat16.
    const half = Buffer.from(Uint16Array.of(0x3e00, 0xc000, 0x0001, 0x7c00).buffer);
    const brain = Buffer.from(Uint16Array.of(0x3fc0, 0xc000, 0x7fc0, 0x4040).buffer);
    const path = safetensors(
      {
        h: { dtype: 'F16', shape: [4], data_offsets: [0, 8] },
        b: { dtype: 'BF16', shape: [2, 2], data_offsets: [8, 16] },
      },
      Buffer.concat([half, brain]),
    );
    const { tensors } = await readSafetensors(path);
    expect([...(await readFloat32(path, tensors.get('h')!))]).toEqual([
      1.5,
      -2,
      2 ** -24,
      Number.POSITIVE_INFINITY,
    ]);
    expect([...(await readFloat32(path, tensors.get('b')!))]).toEqual([1.5, -2, Number.NaN, 3]);
    expect(await countNonFinite(path, tensors.get('h')!)).toBe(1);
    expect(await countNonFinite(path, tensors.get('b')!)).toBe(1);
  });

  it.each([
    ['no JSON', 'not json', /its header is not a JSON object/],
    ['an array', [], /its header is not a JSON object/],
    ['an unknown type', { a: { dtype: 'Q7', shape: [1], data_offsets: [0, 4] } }, /"a" has no readable type/],
    ['bytes beyond the end', { a: { dtype: 'F32', shape: [9], data_offsets: [0, 36] } }, /"a" ends at byte/],
    [
      'a shape that does not fit',
      { a: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } },
      /needs 8 bytes and has 4/,
    ],
    [
      'two tensors on the same bytes',
      {
        a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
        b: { dtype: 'F32', shape: [1], data_offsets: [2, 6] },
      },
      /"a" and "b" share bytes/,
    ],
  ])('refuses %s', async (_, header, message) => {
    await expect(readSafetensors(safetensors(header, Buffer.alloc(8)))).rejects.toThrow(message);
  });
});

describe('GGUF header', () => {
  let whole: Buffer;
  beforeAll(async () => {
    const path = join(tempFolder(), 'm.gguf');
    await writeModelGguf(path, small, baseTensors(small));
    whole = readFileSync(path);
  });
  const damaged = (change: (bytes: Buffer) => Buffer | undefined): string => {
    const bytes = Buffer.from(whole);
    const path = join(tempFolder(), 'm.gguf');
    writeFileSync(path, change(bytes) ?? bytes);
    return path;
  };

  it('is read back as it was written', async () => {
    const header = await readGgufHeader(damaged((bytes) => bytes));
    expect(header.metadata.get('gemma2.block_count')).toBe(2);
    expect(header.metadata.get('gemma2.final_logit_softcapping')).toBe(30);
    expect(header.metadata.get('tokenizer.ggml.add_bos_token')).toBe(true);
    expect(header.arrays.get('tokenizer.ggml.tokens')).toBe(357);
    expect(header.tensors.get('blk.1.ffn_down.weight')).toMatchObject({ shape: [32, 48], type: 'F32' });
    expect(header.parameters).toBe(
      [...baseTensors(small).values()].reduce((sum, t) => sum + t.values.length, 0),
    );
  });

  it.each<[string, (bytes: Buffer) => Buffer | undefined, RegExp]>([
    ['another magic', (b) => void b.write('GGML', 0), /begins with "GGML" instead of "GGUF"/],
    ['an empty file', () => Buffer.alloc(0), /begins with "" instead of "GGUF"/],
    ['an unknown version', (b) => void b.writeUInt32LE(99, 4), /has GGUF version 99/],
    ['2^34 tensors', (b) => void b.writeBigUInt64LE(2n ** 34n, 8), /declares 17179869184 tensors/],
    ['2^62 metadata entries', (b) => void b.writeBigUInt64LE(2n ** 62n, 16), /metadata entries and has only/],
    [
      'a cut in the header',
      (b) => b.subarray(0, b.indexOf('blk.1.ffn_norm')),
      /ends inside its header \(\d+ bytes\): it is cut off/,
    ],
    [
      'a cut in the weights',
      (b) => b.subarray(0, b.length - 4),
      /is cut off: "output_norm\.weight" ends at byte/,
    ],
    [
      'a text of 2^40 bytes',
      (b) => void b.writeBigUInt64LE(2n ** 40n, 24),
      /declares a text of 1099511627776 bytes/,
    ],
    [
      '2^34 tokens',
      (b) => void b.writeBigUInt64LE(2n ** 34n, b.indexOf('tokenizer.ggml.tokens') + 29),
      /items in "tokenizer\.ggml\.tokens"/,
    ],
  ])('refuses %s', async (_, change, message) => {
    await expect(readGgufHeader(damaged(change))).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringMatching(message),
    });
  });
});

describe('GGUF LoRA', () => {
  const write = async () => {
    const folder = tempFolder();
    const source = join(folder, 'adapter_model.safetensors');
    const tensors = smallAdapter(small);
    writeFileSync(source, safetensorsBytes(tensors));
    const pairs = pairLora((await readSafetensors(source)).tensors.values());
    if (typeof pairs === 'string') throw new Error(pairs);
    const path = join(folder, 'lora.gguf');
    await writeGgufLora(source, path, { architecture: 'gemma2', name: 'final', alpha: 8, pairs });
    return path;
  };

  it('has the names, shapes and metadata that llama.cpp looks for', async () => {
    const path = await write();
    const header = await readGgufHeader(path);
    expect(Object.fromEntries(header.metadata)).toMatchObject({
      'general.architecture': 'gemma2',
      'general.type': 'adapter',
      'adapter.type': 'lora',
      'adapter.lora.alpha': 8,
    });
    expect(header.tensors.size).toBe(28);
    expect(header.tensors.get('blk.0.attn_q.weight.lora_a')?.shape).toEqual([4, 32]);
    expect(header.tensors.get('blk.1.attn_output.weight.lora_b')?.shape).toEqual([32, 4]);
    expect(header.tensors.get('blk.1.ffn_down.weight.lora_a')?.shape).toEqual([4, 48]);
  });
});
