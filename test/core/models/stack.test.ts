// Adapters that were trained on a base with adapters in it: accepted on exactly that chain, run with all of it, refused elsewhere unread.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { ALPHA, referenceOf, smallAdapter, writeAdapter } from './adapter-folder.ts';
import { context, type Lab, openLab } from './lab.ts';
import { merged, sha256, small, type Tensors, writeModelGguf, writeTinyFolder } from './tiny-model.ts';

let lab: Lab;
let base: Awaited<ReturnType<typeof writeTinyFolder>>;
/** What merged weights compute, by the name of what is merged: no adapter and no conversion had a part in it. */
const references: Record<string, unknown> = {};
const grpo = smallAdapter(small, 2);
const sft = smallAdapter(small, 3);
let grpoFolder: string;

async function reference(tensors: Tensors): Promise<unknown> {
  const path = join(tempFolder(), 'merged.gguf');
  await writeModelGguf(path, small, tensors);
  const session = await lab.inference.open({ modelPath: path, adapters: [], contextLength: 256, threads: 1 });
  try {
    return await referenceOf(session);
  } finally {
    await session.close();
  }
}

beforeAll(async () => {
  lab = openLab();
  const folder = join(tempFolder(), 'tiny');
  base = await writeTinyFolder(folder);
  await lab.models.add({ path: folder }, context);
  const withGrpo = merged(base.tensors, grpo, ALPHA);
  references.grpo = await reference(withGrpo);
  references.both = await reference(merged(withGrpo, sft, ALPHA));
  references.sftAlone = await reference(merged(base.tensors, sft, ALPHA));
  grpoFolder = adapter({ tensors: grpo, reference: references.grpo });
});
afterAll(() => lab.close());

const manifestHash = (folder: string) => sha256(readFileSync(join(folder, 'manifest.json')));

/** As the trainer's spec/adapters.py names what an adapter was trained on. */
function parentOf(...under: string[]) {
  const { identity } = base.manifest;
  const chain = [`base ${identity}`, ...under.map((hash) => `adapter ${hash}`)];
  if (under.length === 0) return { modelId: 'tiny-gemma2', sha256: identity };
  return { modelId: 'tiny-gemma2', sha256: sha256(chain.map((line) => `${line}\n`).join('')), chain };
}

type Parent = Parameters<typeof writeAdapter>[1]['parent'];

function adapter(change: {
  tensors: Tensors;
  reference: unknown;
  parent?: Parent;
  manifest?: Record<string, unknown>;
}): string {
  const folder = join(tempFolder(), 'final');
  writeAdapter(folder, { parent: parentOf(), ...change });
  return folder;
}

const sftOn = (parent: Parent, step: number) =>
  adapter({
    tensors: sft,
    reference: references.both,
    parent,
    manifest: { name: 'sft', step, rewardSuite: null },
  });

async function refusal(folder: string) {
  const { modelId, state, reason } = await lab.models.arrive({ folder, jobId: null });
  expect(state).toBe('refused');
  const { checks } = await lab.models.get({ id: modelId }, context);
  const weights = sha256(readFileSync(join(folder, 'adapter_model.safetensors')));
  return {
    modelId,
    reason: reason ?? '',
    checks: checks.map((check) => check.name),
    isUnread: !lab.blobs.has(weights),
  };
}

describe('an adapter trained on a base with an adapter in it', () => {
  it('is refused unread while that adapter is not here, and accepted by another check once it is', async () => {
    const folder = sftOn(parentOf(manifestHash(grpoFolder)), 1);
    const found = await refusal(folder);
    expect(found.checks).toEqual(['files', 'parent']);
    expect(found.isUnread).toBe(true);
    expect(found.reason).toMatch(
      /^It was trained on "Random Gemma 2" with the adapter \w{12}… in it, which this lab does not hold\./,
    );
    const { modelId: under } = await lab.models.arrive({ folder: grpoFolder, jobId: null });
    const again = await lab.models.recheck({ id: found.modelId }, context);
    expect(again.reason).toBeNull();
    expect(again).toMatchObject({ state: 'ready', parentId: 'tiny-gemma2', stack: [under] });
    expect(again.madeFrom.map((each) => each.id)).toEqual(['tiny-gemma2', under]);
    expect((await lab.models.get({ id: under }, context)).usedBy.map((each) => each.id)).toEqual([
      found.modelId,
    ]);
    expect(again.checks.find((check) => check.name === 'parent')?.detail).toMatch(
      /^Random Gemma 2 \+ final · step 60, identity/,
    );
    expect(again.checks.at(-1)?.detail).toMatch(/max \|Δlogit\| 0\.0\d+ .*first choice equal 3\/3/);
  });

  it('is loaded with all that it was trained on, in that order', async () => {
    const { modelId: under } = await lab.models.arrive({ folder: grpoFolder, jobId: null });
    const { modelId } = await lab.models.arrive({
      folder: sftOn(parentOf(manifestHash(grpoFolder)), 2),
      jobId: null,
    });
    const loadable = lab.models.loadable('tiny-gemma2', modelId);
    expect(loadable.adapters.map((each) => each.id)).toEqual([under, modelId]);
    expect(lab.models.loadable('tiny-gemma2', under).adapters.map((each) => each.id)).toEqual([under]);
  });

  it('is what a run may begin with: its base with both in it, each as it was published', async () => {
    const { modelId: under } = await lab.models.arrive({ folder: grpoFolder, jobId: null });
    const { modelId } = await lab.models.arrive({
      folder: sftOn(parentOf(manifestHash(grpoFolder)), 2),
      jobId: null,
    });
    const start = await lab.models.base(modelId);
    expect(start).toMatchObject({ modelId: 'tiny-gemma2', identity: base.manifest.identity });
    expect(start.adapters[0]).toEqual({
      name: 'final · step 60',
      path: expect.stringContaining(under),
      manifestSha256: manifestHash(grpoFolder),
    });
    const [, second] = start.adapters;
    expect(manifestHash(second?.path ?? '')).toBe(second?.manifestSha256);
    expect(readdirSync(second?.path ?? '')).toEqual([
      'adapter_config.json',
      'adapter_model.safetensors',
      'manifest.json',
      'reference.json',
    ]);
    expect((await lab.models.base('tiny-gemma2')).adapters).toEqual([]);
  });

  it('takes a third one upon it', async () => {
    const second = sftOn(parentOf(manifestHash(grpoFolder)), 3);
    await lab.models.arrive({ folder: grpoFolder, jobId: null });
    const { modelId: secondId } = await lab.models.arrive({ folder: second, jobId: null });
    const third = smallAdapter(small, 4);
    const two = merged(merged(base.tensors, grpo, ALPHA), sft, ALPHA);
    const folder = adapter({
      tensors: third,
      reference: await reference(merged(two, third, ALPHA)),
      parent: parentOf(manifestHash(grpoFolder), manifestHash(second)),
    });
    const { modelId, reason } = await lab.models.arrive({ folder, jobId: null });
    expect(reason).toBeNull();
    expect((await lab.models.get({ id: modelId }, context)).stack.at(-1)).toBe(secondId);
  });

  it('is refused where its manifest says that it was trained on the base alone: the numbers are others', async () => {
    const found = await refusal(sftOn(parentOf(), 4));
    expect(found.checks.at(-1)).toBe('smoke');
    expect(found.reason).toMatch(/not the model that was trained/);
  });
});

describe('a chain that was never trained', () => {
  it('lists an adapter on something else than it was trained on', async () => {
    const alone = adapter({ tensors: sft, reference: references.sftAlone, manifest: { step: 5 } });
    await lab.models.arrive({ folder: grpoFolder, jobId: null });
    await lab.models.arrive({ folder: alone, jobId: null });
    const found = await refusal(sftOn(parentOf(manifestHash(grpoFolder), manifestHash(alone)), 6));
    expect(found.checks).toEqual(['files', 'parent']);
    expect(found.reason).toMatch(
      /Its manifest puts "final · step 5" on \w{12}…, but that one was trained on/,
    );
  });

  it('names another identity than its lines have', async () => {
    const parent = { ...parentOf(manifestHash(grpoFolder)), sha256: base.manifest.identity };
    const found = await refusal(sftOn(parent, 7));
    expect(found.reason).toMatch(/but the chain that it lists is \w{12}…: it was changed by hand/);
  });

  it('stands on an adapter that was refused', async () => {
    const broken = adapter({ tensors: grpo, reference: references.both, manifest: { step: 8 } });
    expect((await lab.models.arrive({ folder: broken, jobId: null })).state).toBe('refused');
    const found = await refusal(sftOn(parentOf(manifestHash(broken)), 9));
    expect(found.reason).toMatch(/with "final · step 8" in it, which is refused here: Prompt 1 of 3/);
  });
});

describe('an adapter trained on merged weights', () => {
  /** The parent as a program's run names it after a merge. */
  const onMerged = (exact: boolean) => {
    const chain = [`base ${base.manifest.identity}`, `adapter ${manifestHash(grpoFolder)}`];
    return { modelId: 'tiny-gemma2', sha256: sha256(`merged ${exact}`), mergedFrom: { chain, exact } };
  };

  it('is valid on what they were made of, where nothing was rounded away', async () => {
    const { modelId: under } = await lab.models.arrive({ folder: grpoFolder, jobId: null });
    const folder = sftOn(onMerged(true), 10);
    const { modelId, reason } = await lab.models.arrive({ folder, jobId: null });
    expect(reason).toBeNull();
    expect((await lab.models.get({ id: modelId }, context)).stack).toEqual([under]);
    const onTop = await lab.models.base(modelId);
    expect(onTop.identity).toBe(base.manifest.identity);
    expect(onTop.adapters).toHaveLength(2);
  });

  it('is refused where they were rounded: what they were made of is something else', async () => {
    const found = await refusal(sftOn(onMerged(false), 11));
    expect(found.checks).toEqual(['files', 'parent']);
    expect(found.reason).toMatch(/merged weights of "tiny-gemma2" that were rounded/);
  });
});
