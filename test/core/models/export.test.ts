// What an adapter has made of its base, as files for other programs: merged weights, one adapter for the bare base, one GGUF LoRA.
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openAdapter, readPair } from '../../../core/models/adapter-file.ts';
import { readFloat32, readSafetensors } from '../../../core/models/safetensors.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { ALPHA, RANK, referenceOf, smallAdapter, writeAdapter } from './adapter-folder.ts';
import { context, type Lab, openLab } from './lab.ts';
import { merged, sha256, small, type Tensors, writeModelGguf, writeTinyFolder } from './tiny-model.ts';

let lab: Lab;
let base: Awaited<ReturnType<typeof writeTinyFolder>>;
let both: Tensors;
let grpoId: string;
let sftId: string;
let wholeGguf: string;

async function reference(tensors: Tensors, path: string): Promise<unknown> {
  await writeModelGguf(path, small, tensors);
  const session = await lab.inference.open({ modelPath: path, adapters: [], contextLength: 256, threads: 1 });
  const found = await referenceOf(session);
  await session.close();
  return found;
}

beforeAll(async () => {
  lab = openLab();
  const folder = tempFolder();
  base = await writeTinyFolder(join(folder, 'tiny'));
  await lab.models.add({ path: join(folder, 'tiny') }, context);
  const parent = { modelId: 'tiny-gemma2', sha256: base.manifest.identity };
  const [grpo, sft] = [smallAdapter(small, 2), smallAdapter(small, 3)];
  const one = merged(base.tensors, grpo, ALPHA);
  both = merged(one, sft, ALPHA);
  wholeGguf = join(folder, 'both.gguf');
  const grpoFolder = join(folder, 'grpo');
  writeAdapter(grpoFolder, {
    parent,
    tensors: grpo,
    reference: await reference(one, join(folder, 'one.gguf')),
  });
  const chain = [
    `base ${parent.sha256}`,
    `adapter ${sha256(readFileSync(join(grpoFolder, 'manifest.json')))}`,
  ];
  const onBoth = {
    modelId: 'tiny-gemma2',
    sha256: sha256(chain.map((line) => `${line}\n`).join('')),
    chain,
  };
  const sftFolder = join(folder, 'sft');
  writeAdapter(sftFolder, { parent: onBoth, tensors: sft, reference: await reference(both, wholeGguf) });
  grpoId = (await lab.models.arrive({ folder: grpoFolder, jobId: null })).modelId;
  sftId = (await lab.models.arrive({ folder: sftFolder, jobId: null })).modelId;
});
afterAll(() => lab.close());

const exported = (
  id: string,
  as: 'merged' | 'adapter' | 'gguf-lora',
  dtype: 'float32' | 'bfloat16' = 'float32',
) => lab.models.export({ id, as, dtype, folder: join(tempFolder(), 'out') }, context);

/** Full logits after a text, by token. */
async function logits(modelPath: string, adapters: string[]): Promise<Float32Array> {
  const session = await lab.inference.open({
    modelPath,
    adapters: adapters.map((path) => ({ path, scale: 1 })),
    contextLength: 64,
    threads: 1,
  });
  const found = await session.logits(await session.encode('How many are there?'));
  await session.close();
  const byId = new Float32Array(found.ids.length);
  found.ids.forEach((id, i) => {
    byId[id] = found.logits[i]!;
  });
  return byId;
}

const largestDifference = (x: Float32Array, y: Float32Array) =>
  Math.max(...x.map((value, i) => Math.abs(value - y[i]!)));

describe('merged weights', () => {
  it('hold the base with all that lies under the adapter, and say what they are', async () => {
    const { folder, made, files } = await exported(sftId, 'merged');
    expect(made).toBe('Random Gemma 2 + final · step 60 + final · step 60, merged and written as float32');
    const path = join(folder, 'model.safetensors');
    const { tensors } = await readSafetensors(path);
    expect(tensors.size).toBe(both.size);
    for (const [name, { values }] of both) {
      const found = await readFloat32(path, tensors.get(name)!);
      expect(largestDifference(found, values), name).toBeLessThan(1e-6);
    }
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
    const weights = files.find((file) => file.name === 'model.safetensors')!;
    expect(manifest).toMatchObject({
      kind: 'merged-model',
      identity: sha256(`${weights.sha256}  model.safetensors\n`),
      exact: true,
    });
    expect(manifest.chain).toHaveLength(3);
    expect(manifest.chainSha256).toBe(sha256(manifest.chain.map((line: string) => `${line}\n`).join('')));
    expect(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')).torch_dtype).toBe('float32');
    expect(readdirSync(folder)).not.toContain('tiny-gemma2.gguf');
    const words = /for other programs\. The preset export-gguf/;
    await expect(lab.models.add({ path: folder }, context)).rejects.toThrow(words);
    await expect(lab.models.import({ path: folder }, context)).rejects.toThrow(words);
    // As a model from a hub, of which there may be no adapter.
    rmSync(join(folder, 'manifest.json'));
    await expect(lab.models.add({ path: folder }, context)).rejects.toThrow(
      /A base is a \.gguf file, or a folder with a manifest and .* as Hugging Face has it, .*: add a GGUF file of it\./,
    );
    await expect(lab.models.import({ path: folder }, context)).rejects.toThrow(
      /There is no adapter_config\.json in .* An adapter is a folder with/,
    );
  });

  it('are rounded to the type that was asked for, and say that it was rounding', async () => {
    const { folder } = await exported(grpoId, 'merged', 'bfloat16');
    const { tensors } = await readSafetensors(join(folder, 'model.safetensors'));
    expect([...tensors.values()].every((tensor) => tensor.dtype === 'BF16')).toBe(true);
    expect(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))).toMatchObject({ exact: false });
  });

  it('cannot be had where the base is a GGUF only: its weights are quantised there, or at least under other names', async () => {
    const other = openLab();
    const gguf = join(tempFolder(), 'bare.gguf');
    await writeModelGguf(gguf, small, base.tensors);
    await other.models.add({ path: gguf }, context);
    const parent = { modelId: 'bare', sha256: sha256(readFileSync(gguf)) };
    const folder = join(tempFolder(), 'adapter');
    const tensors = smallAdapter(small, 2);
    const said = await reference(merged(base.tensors, tensors, ALPHA), join(tempFolder(), 'merged.gguf'));
    writeAdapter(folder, { parent, tensors, reference: said });
    const { modelId: id, reason } = await other.models.arrive({ folder, jobId: null });
    expect(reason).toBeNull();
    const out = { id, as: 'merged' as const, dtype: 'float32' as const, folder: join(tempFolder(), 'out') };
    await expect(other.models.export(out, context)).rejects.toMatchObject({ code: 'unavailable' });
    await other.close();
  });
});

describe('one adapter', () => {
  it('is the one that came, where nothing lies under it', async () => {
    const { folder, made } = await exported(grpoId, 'adapter');
    expect(made).toBe(`final · step 60 as it came, a PEFT adapter of rank ${RANK}`);
    expect((await lab.models.arrive({ folder, jobId: null })).modelId).toBe(grpoId);
  });

  it('is joined with those under it: for the bare base, and it passes every check there', async () => {
    const { folder, made } = await exported(sftId, 'adapter');
    expect(made).toMatch(new RegExp(`joined to one PEFT adapter of rank ${2 * RANK} for the bare base`));
    const { modelId, reason } = await lab.models.arrive({ folder, jobId: null });
    expect(reason).toBeNull();
    expect(await lab.models.get({ id: modelId }, context)).toMatchObject({ rank: 2 * RANK, stack: [] });
    const weights = join(folder, 'adapter_model.safetensors');
    const { pairs } = await openAdapter({ path: weights, rank: 2 * RANK, alpha: 2 * RANK });
    const pair = pairs.get('model.layers.1.mlp.down_proj.weight')!;
    expect((await readPair(weights, pair)).a).toHaveLength(2 * RANK * small.hidden);
  });

  it('as GGUF LoRA computes on the base what the merged weights compute', async () => {
    const { folder } = await exported(sftId, 'gguf-lora');
    expect(readdirSync(folder)).toEqual(['adapter.gguf']);
    const found = await logits(lab.models.loadable('tiny-gemma2', null).ggufPath, [
      join(folder, 'adapter.gguf'),
    ]);
    expect(largestDifference(found, await logits(wholeGguf, []))).toBeLessThan(0.02);
  });
});

describe('an export that cannot be made', () => {
  it('leaves a folder alone that holds something', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'mine.txt'), 'mine');
    await expect(
      lab.models.export({ id: grpoId, as: 'adapter', dtype: 'bfloat16', folder }, context),
    ).rejects.toMatchObject({ code: 'conflict', message: expect.stringMatching(/is not empty/) });
    expect(readdirSync(folder)).toEqual(['mine.txt']);
  });

  it('leaves a file or a link alone that has its name', async () => {
    const place = tempFolder();
    const [file, empty, link] = ['file', 'empty', 'link'].map((name) => join(place, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(file, 'mine');
    mkdirSync(empty);
    symlinkSync(empty, link, 'junction');
    for (const folder of [file, link])
      await expect(
        lab.models.export({ id: grpoId, as: 'adapter', dtype: 'bfloat16', folder }, context),
      ).rejects.toMatchObject({ code: 'conflict', message: expect.stringMatching(/is no folder/) });
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(readdirSync(place).sort()).toEqual(['empty', 'file', 'link']);
    expect(readdirSync(empty)).toEqual([]);
    const { folder } = await lab.models.export(
      { id: grpoId, as: 'adapter', dtype: 'bfloat16', folder: empty },
      context,
    );
    expect(readdirSync(folder)).toContain('adapter_model.safetensors');
  });

  it('says so at once where no folder can be made', async () => {
    const file = join(tempFolder(), 'file');
    writeFileSync(file, '');
    const folders: [string, string][] = [[join(file, 'a', 'out'), 'it is a file']];
    if (process.platform !== 'win32') {
      const link = join(tempFolder(), 'link');
      symlinkSync(join(file, 'gone'), link);
      folders.push([join(link, 'out'), 'it is a link to nothing']);
    }
    if (process.platform === 'linux')
      for (const path of ['/proc/a/out', '/proc/out']) folders.push([path, '/proc takes no folders']);
    for (const [folder, why] of folders)
      await expect(
        lab.models.export({ id: grpoId, as: 'adapter', dtype: 'bfloat16', folder }, context),
      ).rejects.toMatchObject({
        code: 'disk',
        message: expect.stringMatching(
          new RegExp(`^folder: [^ ]*/(a|out|file|link) cannot be made: ${why}\\. Name`),
        ),
      });
  });

  it('leaves alone what was put there while it worked', async () => {
    const folder = join(tempFolder(), 'out');
    const work = lab.models.export({ id: sftId, as: 'merged', dtype: 'float32', folder }, context);
    // at work, so that its first look at the place is over
    await vi.waitUntil(() => readdirSync(dirname(folder)).some((name) => name.includes('.tmp-')), {
      interval: 1,
    });
    writeFileSync(folder, 'mine');
    await expect(work).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/is no folder/),
    });
    expect(readFileSync(folder, 'utf8')).toBe('mine');
  });

  it('says that a name is too long', async () => {
    const folder = join(tempFolder(), 'n'.repeat(300));
    await expect(
      lab.models.export({ id: grpoId, as: 'adapter', dtype: 'bfloat16', folder }, context),
    ).rejects.toMatchObject({ code: 'bad-input', message: expect.stringMatching(/name is too long/) });
  });

  it('is stopped in the middle: nothing is left', async () => {
    const place = tempFolder();
    mkdirSync(join(place, 'out'));
    const work = lab.models.export(
      { id: sftId, as: 'merged', dtype: 'float32', folder: join(place, 'out') },
      context,
    );
    const activity = lab.activities.list().find((each) => each.kind === 'export')!;
    lab.activities.cancel(activity.id);
    await expect(work).rejects.toMatchObject({ code: 'cancelled' });
    expect(readdirSync(place)).toEqual(['out']);
  });

  it('is for an adapter', async () => {
    await expect(exported('tiny-gemma2', 'merged')).rejects.toMatchObject({ code: 'conflict' });
  });
});
