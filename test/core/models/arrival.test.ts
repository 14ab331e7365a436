// An adapter comes home: every check, what it says when it holds, and the sentence when it does not.
import { appendFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../../../core/catalog/sql.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { ALPHA, RANK, referenceOf, smallAdapter, writeAdapter } from './adapter-folder.ts';
import { context, type Lab, openLab } from './lab.ts';
import { merged, small, type Tensors, writeModelGguf, writeTinyFolder } from './tiny-model.ts';

let lab: Lab;
let base: Awaited<ReturnType<typeof writeTinyFolder>>;
let reference: { prompts: { logits: number[] }[] };
const parent = () => ({ modelId: 'tiny-gemma2', sha256: base.manifest.identity });
const good = smallAdapter(small);

beforeAll(async () => {
  lab = openLab();
  const folder = tempFolder();
  base = await writeTinyFolder(join(folder, 'tiny'));
  await lab.models.add({ path: join(folder, 'tiny') }, context);
  const mergedGguf = join(folder, 'merged.gguf');
  await writeModelGguf(mergedGguf, small, merged(base.tensors, good, ALPHA));
  const session = await lab.inference.open({
    modelPath: mergedGguf,
    adapters: [],
    contextLength: 256,
    threads: 1,
  });
  reference = (await referenceOf(session)) as typeof reference;
  await session.close();
});
afterAll(() => lab.close());

function adapter(change: Partial<Parameters<typeof writeAdapter>[1]> = {}): string {
  const folder = join(tempFolder(), 'final');
  writeAdapter(folder, { parent: parent(), tensors: good, reference, ...change });
  return folder;
}

/** Arrives and gives the first check that did not hold. */
async function refusal(folder: string) {
  const { modelId, state, reason } = await lab.models.arrive({ folder, jobId: null });
  expect(state).toBe('refused');
  const detail = await lab.models.get({ id: modelId }, context);
  const failed = detail.checks.at(-1)!;
  expect(failed).toMatchObject({ ok: false, detail: reason });
  expect(detail.state).toBe('refused');
  return { check: failed.name, reason: reason ?? '', checks: detail.checks.map((check) => check.name) };
}

function changed(
  tensors: Tensors,
  name: string,
  change: (values: Float32Array) => Float32Array,
  shape?: number[],
): Tensors {
  const copy: Tensors = new Map(tensors);
  const old = copy.get(name)!;
  copy.set(name, { shape: shape ?? old.shape, values: change(old.values) });
  return copy;
}

const A0 = 'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight';

describe('an adapter that is whole', () => {
  it('passes seven checks, each with what was measured, and computes what the merged weights compute', async () => {
    const { modelId } = await lab.models.arrive({ folder: adapter(), jobId: 'job-1' });
    const model = await lab.models.get({ id: modelId }, context);
    expect(model.reason).toBeNull();
    expect(model.state).toBe('ready');
    expect(model.checks.map((check) => check.name)).toEqual([
      'files',
      'parent',
      'hashes',
      'names-and-shapes',
      'finite',
      'gguf',
      'smoke',
    ]);
    expect(model.checks.at(-1)?.detail).toMatch(
      /max \|Δlogit\| 0\.0\d+ over 3 prompts, at each of 357 tokens that could come next; first choice equal 3\/3/,
    );
    expect(model.checks[3]?.detail).toBe(`14 pairs over 2 layers, rank ${RANK}, alpha ${ALPHA}`);
    expect(model).toMatchObject({
      kind: 'adapter',
      parentId: 'tiny-gemma2',
      jobId: 'job-1',
      rank: RANK,
      step: 60,
    });
    expect(model.madeFrom[0]).toMatchObject({ feature: 'models', id: 'tiny-gemma2' });
  });

  it('shows by how much it changed each weight, as the arithmetic says', async () => {
    const { modelId } = await lab.models.arrive({ folder: adapter(), jobId: null });
    const model = await lab.models.get({ id: modelId }, context);
    expect(lab.failures).toEqual([]);
    expect(model.updateBackend).toMatch(/^(wasm|tensorflow)$/); // native where somebody built it
    const shown = model.update?.find((each) => each.layer === 1 && each.target === 'down_proj');
    expect(shown?.relativeNorm).toBeCloseTo(relativeNorm(1, 'mlp.down_proj'), 4);
    expect(model.update).toHaveLength(14);
  });

  it('is measured by WebAssembly where nothing native was built', async () => {
    process.env.FORETHOUGHT_TENSORS = 'wasm';
    const { modelId } = await lab.models.arrive({ folder: adapter({ manifest: { step: 58 } }), jobId: null });
    delete process.env.FORETHOUGHT_TENSORS;
    const model = await lab.models.get({ id: modelId }, context);
    expect(model.updateBackend).toBe('wasm');
    const shown = model.update?.find((each) => each.layer === 0 && each.target === 'k_proj');
    expect(shown?.relativeNorm).toBeCloseTo(relativeNorm(0, 'self_attn.k_proj'), 4);
  });

  it('has the same id when the same bytes arrive again, and is not stored twice', async () => {
    const folder = adapter();
    const [first, second] = await Promise.all([
      lab.models.arrive({ folder, jobId: null }),
      lab.models.arrive({ folder, jobId: null }),
    ]);
    const third = await lab.models.arrive({ folder: adapter(), jobId: null });
    expect(second).toEqual(first);
    expect(third).toEqual(first);
    expect(lab.catalog.column(sql`SELECT count(*) FROM models WHERE id = ${first.modelId}`)).toEqual([1]);
  });

  it('is refused with another scale: the smoke prompts notice what shapes and hashes cannot', async () => {
    const found = await refusal(adapter({ config: { lora_alpha: 16 }, manifest: { alpha: 16 } }));
    expect(found.check).toBe('smoke');
    expect(found.reason).toMatch(/logits differ by up to .* not the model that was trained/);
  });
});

describe('an adapter that is not whole', () => {
  it('lacks a file', async () => {
    const folder = adapter({ manifest: { step: 59 } });
    rmSync(join(folder, 'adapter_config.json'));
    const found = await refusal(folder);
    expect(found.check).toBe('files');
    expect(found.reason).toBe(
      'adapter_config.json is missing: the copy is not complete. Bring the adapter in again.',
    );
  });

  it('lacks a manifest: nothing is stored', async () => {
    const folder = adapter();
    rmSync(join(folder, 'manifest.json'));
    const before = lab.models.list({}, context);
    await expect(lab.models.arrive({ folder, jobId: null })).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(/ holds no manifest\.json/),
    });
    expect(lab.models.list({}, context)).toEqual(before);
  });

  it('was cut off on its way, and is repaired when it arrives whole', async () => {
    const folder = adapter({ manifest: { step: 61 } });
    const whole = join(tempFolder(), 'whole');
    cpSync(folder, whole, { recursive: true });
    const weights = join(folder, 'adapter_model.safetensors');
    writeFileSync(weights, readFileSync(weights).subarray(0, -5));
    const found = await refusal(folder);
    expect(found.check).toBe('files');
    expect(found.reason).toMatch(/adapter_model\.safetensors has \d+ bytes, the manifest says \d+/);
    const again = await lab.models.arrive({ folder: whole, jobId: null });
    expect(lab.models.list({}, context)).toContainEqual(
      expect.objectContaining({ id: again.modelId, state: 'ready' }),
    );
  });

  it('has one changed byte', async () => {
    const folder = adapter({ manifest: { step: 62 } });
    const weights = join(folder, 'adapter_model.safetensors');
    const bytes = readFileSync(weights);
    bytes[bytes.length - 3]! ^= 1;
    writeFileSync(weights, bytes);
    const found = await refusal(folder);
    expect(found.check).toBe('hashes');
    expect(found.reason).toMatch(
      /^adapter_model\.safetensors has SHA-256 \w{12}…, the manifest says \w{12}…: it was changed/,
    );
  });

  it('belongs to another base: refused before a byte of its weights is read', async () => {
    const found = await refusal(adapter({ parent: { modelId: 'other', sha256: 'ab'.repeat(32) } }));
    expect(found.checks).toEqual(['files', 'parent']);
    expect(found.reason).toMatch(
      /trained on the base "other" \(identity abababababab…\), which this lab does not hold/,
    );
  });

  it('came from another run than its manifest names', async () => {
    const folder = adapter({ manifest: { step: 63 } });
    const { reason } = await lab.models.arrive({ folder, jobId: 'job-2' });
    expect(reason).toMatch(/names the run job-1, but the folder came from the run job-2/);
  });

  it('is not the one that the run announced', async () => {
    await expect(
      lab.models.arrive({ folder: adapter(), jobId: null, manifestSha256: 'cd'.repeat(32) }),
    ).rejects.toThrow(/is not the one that the run announced/);
  });

  it('has a tensor of a wrong shape', async () => {
    const cut = changed(good, A0, (values) => values.slice(0, RANK * 31), [RANK, 31]);
    const found = await refusal(adapter({ tensors: cut }));
    expect(found.check).toBe('names-and-shapes');
    expect(found.reason).toBe(
      'lora_A of model.layers.0.self_attn.q_proj.weight has shape [4, 31]; on this base, with rank 4, it must be [4, 32].',
    );
  });

  it('has a layer too many, half a pair, a module that is unknown, or other targets than it says', async () => {
    const rename = (from: string, to: string) =>
      new Map([...good].map(([name, tensor]) => [name.replace(from, to), tensor] as const));
    expect((await refusal(adapter({ tensors: rename('layers.1', 'layers.7') }))).reason).toMatch(
      /The base has no model\.layers\.7\.self_attn\.\w+\.weight/,
    );
    const half = new Map(good);
    half.delete(A0);
    expect((await refusal(adapter({ tensors: half }))).reason).toMatch(/q_proj has its lora_B only/);
    expect((await refusal(adapter({ tensors: rename('q_proj', 'qkv_proj') }))).reason).toMatch(
      /is not the name of a LoRA tensor that is known here/,
    );
    expect((await refusal(adapter({ config: { target_modules: ['q_proj'] } }))).reason).toMatch(
      /changes down_proj, .*; adapter_config\.json names q_proj\./,
    );
  });

  it('has another rank in its configuration', async () => {
    const found = await refusal(adapter({ config: { r: 8 } }));
    expect(found.reason).toMatch(/says rank 8 and alpha 8, the manifest 4 and 8/);
  });

  it('is of a kind of PEFT that means something else', async () => {
    const otherwise = {
      ...{ peft_type: 'LOHA', bias: 'all', fan_in_fan_out: true, use_rslora: true, use_dora: true },
      ...{ lora_bias: true, rank_pattern: { q_proj: 8 }, alpha_pattern: { q_proj: 8 } },
      modules_to_save: ['lm_head'],
    };
    for (const [field, value] of Object.entries(otherwise)) {
      const found = await refusal(adapter({ config: { [field]: value } }));
      expect(found.reason).toContain(`adapter_config.json: "${field}" is ${JSON.stringify(value)}; only `);
      expect(found.reason).toContain('is understood here');
    }
  });

  it('says of its kind what PEFT writes for plain LoRA, or nothing', async () => {
    const plain = {
      bias: 'none',
      lora_bias: false,
      rank_pattern: {},
      alpha_pattern: {},
      modules_to_save: null,
    };
    const folder = adapter({ config: { ...plain, peft_type: undefined }, manifest: { step: 64 } });
    const { modelId } = await lab.models.arrive({ folder, jobId: null });
    expect((await lab.models.get({ id: modelId }, context)).state).toBe('ready');
  });

  it('holds a NaN', async () => {
    const broken = changed(good, A0, (values) => values.map((x, i) => (i === 5 ? Number.NaN : x)));
    const found = await refusal(adapter({ tensors: broken }));
    expect(found.check).toBe('finite');
    expect(found.reason).toMatch(/q_proj\.lora_A\.weight holds 1 values that are NaN or infinite/);
  });

  it('is no safetensors file', async () => {
    const folder = adapter();
    const weights = join(folder, 'adapter_model.safetensors');
    appendFileSync(weights, 'x');
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
    const bytes = Buffer.concat([
      Buffer.from([255, 255, 255, 255, 255, 255, 0, 0]),
      readFileSync(weights).subarray(8),
    ]);
    writeFileSync(weights, bytes);
    const { sha256 } = await import('./tiny-model.ts');
    manifest.files['adapter_model.safetensors'] = { sha256: sha256(bytes), bytes: bytes.length };
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
    const found = await refusal(folder);
    expect(found.reason).toMatch(
      /is not a whole safetensors file: it has \d+ bytes and declares a header of/,
    );
  });

  it('has a reference whose prompt is cut into other tokens', async () => {
    const other = structuredClone(reference) as unknown as { prompts: { ids: number[] }[] };
    other.prompts[1]!.ids[3] = 300;
    const found = await refusal(adapter({ reference: other }));
    expect(found.reason).toMatch(/^Prompt 2 of 3 is cut into other tokens here: token 4 is \d+ here and 300/);
  });

  it('has a reference in which another token comes first', async () => {
    const other = structuredClone(reference);
    const logits = other.prompts[0]!.logits;
    logits[9] = Math.max(...logits) + 1;
    const found = await refusal(adapter({ reference: other }));
    expect(found.reason).toMatch(/^Prompt 1 of 3: logits differ by up to/);
  });
});

describe('an adapter that the lab has', () => {
  it('is held against its manifest when a person brings it again, and stays as it is', async () => {
    const folder = adapter({ manifest: { step: 71 } });
    const { modelId } = await lab.models.arrive({ folder, jobId: null });
    expect(await lab.models.import({ path: folder }, context)).toMatchObject({ known: true, id: modelId });
    const weights = join(folder, 'adapter_model.safetensors');
    const bytes = readFileSync(weights);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(weights, bytes);
    await expect(lab.models.import({ path: folder }, context)).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringMatching(/is not the file that its manifest\.json names\. ".+ stays as it is/),
    });
    for (const name of ['adapter_config.json', 'reference.json']) {
      const lacking = adapter({ manifest: { step: 71 } });
      rmSync(join(lacking, name));
      await expect(lab.models.import({ path: lacking }, context)).rejects.toThrow(
        `${name} in ${lacking} is missing. "`,
      );
    }
    expect((await lab.models.get({ id: modelId }, context)).state).toBe('ready');
  });
});

describe('a check that cannot be made', () => {
  it('leaves no trace of an adapter that is new, and leaves a known one as it was', async () => {
    const folder = adapter({ manifest: { step: 69 } });
    const { putFile } = lab.blobs;
    const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    const before = lab.models.list({}, context);
    lab.blobs.putFile = async () => {
      throw full;
    };
    await expect(lab.models.arrive({ folder, jobId: null })).rejects.toMatchObject({ code: 'disk' });
    lab.blobs.putFile = putFile;
    expect(lab.models.list({}, context)).toEqual(before);
    const { modelId } = await lab.models.arrive({ folder, jobId: null });
    lab.blobs.putFile = async () => {
      throw full;
    };
    await expect(lab.models.recheck({ id: modelId }, context)).rejects.toMatchObject({ code: 'disk' });
    lab.blobs.putFile = putFile;
    expect(lab.models.loadable('tiny-gemma2', modelId).adapters.at(-1)?.id).toBe(modelId);
  });
});

describe('checking again', () => {
  it('finds a blob that was damaged in the lab', async () => {
    const folder = adapter({ manifest: { step: 70 } });
    const { modelId } = await lab.models.arrive({ folder, jobId: null });
    const before = await lab.models.recheck({ id: modelId }, context);
    expect(before.state).toBe('ready');
    const reference = before.files.find((file) => file.name === 'reference.json')!;
    const bytes = readFileSync(lab.blobs.path(reference.sha256));
    writeFileSync(lab.blobs.path(reference.sha256), Buffer.from(bytes).fill(32, 0, 4));
    const after = await lab.models.recheck({ id: modelId }, context);
    expect(after).toMatchObject({
      state: 'refused',
      reason: expect.stringMatching(/^reference\.json has SHA-256/),
    });
    writeFileSync(lab.blobs.path(reference.sha256), bytes);
    expect(() => lab.models.loadable('tiny-gemma2', modelId)).toThrow(/is refused: reference\.json/);
  });

  it('is for adapters only', async () => {
    await expect(lab.models.recheck({ id: 'tiny-gemma2' }, context)).rejects.toMatchObject({
      code: 'bad-input',
    });
  });
});

/** alpha / rank · ‖B·A‖ / ‖W‖ by plain loops. */
function relativeNorm(layer: number, module: string): number {
  const a = good.get(`base_model.model.model.layers.${layer}.${module}.lora_A.weight`)!;
  const b = good.get(`base_model.model.model.layers.${layer}.${module}.lora_B.weight`)!;
  const w = base.tensors.get(`model.layers.${layer}.${module}.weight`)!;
  const [out, inner] = w.shape as [number, number];
  let square = 0;
  for (let o = 0; o < out; o++)
    for (let i = 0; i < inner; i++) {
      let sum = 0;
      for (let k = 0; k < RANK; k++) sum += b.values[o * RANK + k]! * a.values[k * inner + i]!;
      square += sum * sum;
    }
  const whole = w.values.reduce((total, x) => total + x * x, 0);
  return ((ALPHA / RANK) * Math.sqrt(square)) / Math.sqrt(whole);
}
