// An adapter that PEFT made elsewhere comes into the lab: looked at before anything is stored, then an adapter like any other.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { ALPHA, RANK, smallAdapter, writeAdapter } from './adapter-folder.ts';
import { context, type Lab, openLab } from './lab.ts';
import { adapterTensors, sha256, small, type Tensors, tinySized, writeTinyFolder } from './tiny-model.ts';

let lab: Lab;
let identity: string;

beforeAll(async () => {
  lab = openLab();
  const folder = join(tempFolder(), 'tiny');
  identity = (await writeTinyFolder(folder)).manifest.identity;
  await lab.models.add({ path: folder }, context);
});
afterAll(() => lab.close());

/** PEFT's two files, and no more. */
function peft(tensors: Tensors = smallAdapter(small), config: Record<string, unknown> = {}, name = 'mine') {
  const folder = join(tempFolder(), name);
  const parent = { modelId: 'x', sha256: 'a'.repeat(64) };
  writeAdapter(folder, { parent, tensors, reference: {}, config });
  for (const file of ['manifest.json', 'reference.json']) rmSync(join(folder, file));
  return folder;
}

const bring = (path: string, more: object = { baseId: 'tiny-gemma2' }) =>
  lab.models.import({ path, ...more }, context);

describe('an adapter that PEFT made', () => {
  it('is taken in on the base that a person names, and says that nothing was compared', async () => {
    const model = await bring(peft());
    expect(model).toMatchObject({ state: 'ready', name: 'mine', parentId: 'tiny-gemma2', stack: [] });
    expect(model).toMatchObject({ rank: RANK, alpha: ALPHA, jobId: null, step: null });
    expect(model.checks.map(({ name, ok }) => [name, ok])).toEqual(
      ['files', 'parent', 'hashes', 'names-and-shapes', 'finite', 'gguf', 'smoke'].map((name) => [
        name,
        true,
      ]),
    );
    expect(model.known).toBe(false);
    // There was no manifest and no exporter that could have promised anything.
    expect(model.checks.map(({ title, detail }) => `${title} ${detail}`).join()).not.toMatch(
      /manifest|exported/,
    );
    expect(model.trainable).toBe(true);
    expect(model.checks[1]?.detail).toMatch(/as the person said who brought it in$/);
    expect(model.checks.at(-1)).toMatchObject({
      title: 'It loads and answers',
      detail: expect.stringMatching(/finite logits with it and answers; it came without a trainer's numbers/),
    });
    expect(model.update).toHaveLength(14);
    const again = await lab.models.recheck({ id: model.id }, context);
    expect(again.state).toBe('ready');
  });

  it('is the same model when the same bytes come in again, whatever the folder is called', async () => {
    const first = await bring(peft());
    const second = await bring(peft(smallAdapter(small), {}, 'other name'));
    expect(second).toMatchObject({ id: first.id, known: true });
  });

  it('can be evaluated, trained upon, gone on from and exported, with a manifest that brings it in elsewhere', async () => {
    const { id } = await bring(peft(smallAdapter(small, 7)), { baseId: 'tiny-gemma2', name: 'seven' });
    expect(lab.models.loadable('tiny-gemma2', id).adapters.map((each) => each.name)).toEqual(['seven']);
    const upon = await lab.models.base(id);
    const manifest = readFileSync(join(upon.adapters[0]!.path, 'manifest.json'), 'utf8');
    expect(sha256(manifest)).toBe(upon.adapters[0]!.manifestSha256);
    expect(JSON.parse(manifest).parent).toEqual({ modelId: 'tiny-gemma2', sha256: identity });
    const folder = join(tempFolder(), 'out');
    await lab.models.export({ id, folder, as: 'adapter', dtype: 'float32' }, context);
    expect((await bring(folder, {})).id).toBe(id);
  });
});

describe('what it goes on from', () => {
  it('has the base under it, its weights by hash, and twice the rank where keys and values have an A each', async () => {
    const { id, identity: weights } = await bring(peft());
    const { base, start, lora } = await lab.models.start(id);
    expect(base).toMatchObject({ modelId: 'tiny-gemma2', identity, adapters: [] });
    expect(start).toMatchObject({ name: 'mine', sha256: weights });
    expect(sha256(readFileSync(join(start.path, 'adapter_model.safetensors')))).toBe(weights);
    expect(lora).toMatchObject({ rank: 2 * RANK, alpha: 2 * ALPHA });
    expect(lora.targets).toHaveLength(7);
  });

  it('has its own rank where they share one, and both where it changes only values', async () => {
    const shared = smallAdapter(small, 8);
    for (const [name, tensor] of shared)
      if (name.includes('v_proj.lora_A'))
        tensor.values = shared.get(name.replace('v_proj', 'k_proj'))!.values;
    const one = await lab.models.start((await bring(peft(shared))).id);
    expect(one.lora).toMatchObject({ rank: RANK, alpha: ALPHA });
    const values = new Map([...smallAdapter(small, 9)].filter(([name]) => /[qv]_proj/.test(name)));
    const { id } = await bring(peft(values, { target_modules: ['q_proj', 'v_proj'] }));
    const two = await lab.models.start(id);
    expect(two.lora).toEqual({ rank: RANK, alpha: ALPHA, targets: ['q_proj', 'k_proj', 'v_proj'] });
  });
});

describe('what is refused before anything is stored', () => {
  const bad = (value: number) => {
    const tensors = smallAdapter(small, 5);
    [...tensors.values()][0]!.values[0] = value;
    return tensors;
  };
  it.each([
    [
      'for another model',
      () => peft(adapterTensors(tinySized, RANK)),
      /has shape .* on this base, with rank 4/,
    ],
    ['of another rank', () => peft(undefined, { r: 8 }), /with rank 8, it must be/],
    [
      'with other modules than it names',
      () => peft(undefined, { target_modules: ['q_proj'] }),
      /changes .* names q_proj/,
    ],
    ['with a scale of its own', () => peft(undefined, { alpha_pattern: { q_proj: 3 } }), /alpha_pattern/],
    ['with another kind of scale', () => peft(undefined, { use_rslora: true }), /use_rslora/],
    [
      'on weights that its making has changed',
      () => peft(undefined, { init_lora_weights: 'pissa' }),
      /init_lora/,
    ],
    ['that is not finite', () => peft(bad(Number.NaN)), /1 values that are NaN or infinite/],
  ])('one %s', async (_, make, says) => {
    const before = lab.models.list({}, context);
    await expect(bring(make())).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(says),
    });
    await expect(bring(make())).rejects.toThrow(
      /is no adapter for "Random Gemma 2"\. .* Nothing was stored\.$/,
    );
    expect(lab.models.list({}, context)).toEqual(before);
  });

  it('one without a base, with two words about its base, and a folder that is no adapter', async () => {
    await expect(bring(peft(), {})).rejects.toThrow(/ holds no manifest\.json.* Name its base/);
    const folder = peft();
    writeFileSync(join(folder, 'manifest.json'), '{}');
    await expect(bring(folder)).rejects.toThrow(/ says what the adapter was trained on\. Leave/);
    await expect(bring(tempFolder())).rejects.toThrow(/^There is no adapter_config\.json in /);
    const { id } = await bring(peft());
    await expect(bring(peft(), { baseId: id })).rejects.toThrow(/is an adapter, not a base model/);
  });
});
