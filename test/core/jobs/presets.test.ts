// The presets that ship: what they say is what was decided, and each makes a run that the trainer takes, where the lab has what it needs.
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CoreError } from '../../../core/contract/errors.ts';
import { createJobs } from '../../../core/jobs/jobs.ts';
import { findPreset, readPresets } from '../../../core/jobs/presets.ts';
import { addShippedBase, importShipped } from '../../../core/lab/shipped.ts';
import { findPromptTemplate } from '../../../core/rewards/prompt-template.ts';
import { trainerPython } from '../../../resources/setup/python-environment.mjs';
import { makePlayResources, openPlayLab, playGeometry } from '../../fixtures/play-lab.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

const folder = 'resources/presets';
const presets = readPresets(folder);
const all7 = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'];
const context = { signal: undefined };
const adapter = { name: 'final', path: 'resources/models/tiny', manifestSha256: 'e'.repeat(64) };

it('are named by their files, and use templates that there are', () => {
  expect(presets.map((preset) => preset.id)).toEqual(
    expect.arrayContaining(['distil', 'dpo', 'recipe', 'rejection', 'think-first', 'think-first-tiny']),
  );
  for (const preset of presets) {
    expect(findPreset(folder, preset.id)).toEqual(preset);
    expect(findPromptTemplate(preset.template).id).toBe(preset.template);
  }
});

it('name as data what is a file', () => {
  const named = presets.flatMap(({ summary }) => summary.match(/resources\/\S+(?= as data)/g) ?? []);
  expect(named).toEqual(['resources/models/tiny/open/traces.jsonl']);
  for (const path of named) expect(statSync(path).isFile()).toBe(true);
});

it('"think first" is the recipe’s GRPO on Gemma 2 2B', () => {
  expect(findPreset(folder, 'think-first')).toMatchObject({
    kind: 'grpo',
    base: 'gemma-2-2b-it',
    settings: {
      lora: { rank: 32, alpha: 64, targets: all7 },
      training: {
        ...{
          learningRate: 3e-6,
          warmupFraction: 0.1,
          schedule: 'cosine',
          gradClip: 0.1,
          promptsPerStep: 1,
          groupSize: 3,
        },
        ...{ beta: 0.08, epsilon: 0.2, klEstimator: 'k3' },
      },
      rollout: { maxPromptTokens: 256, maxCompletionTokens: 768, temperature: 0.9, topP: 1, topK: 50 },
      mesh: { fsdp: 1, tp: 4 },
      limits: { deadlineMs: 8.5 * 3_600_000 },
    },
  });
});

it('"distil" is the recipe’s SFT on the merged result', () => {
  const distil = findPreset(folder, 'distil');
  expect(distil).toMatchObject({
    kind: 'sft',
    expectsAdapter: true,
    settings: {
      lora: { rank: 32, alpha: 64, targets: all7 },
      training: { learningRate: 5e-6, batchSize: 8, maxTokens: 1024 },
      mesh: { fsdp: 8, tp: 1 },
      limits: { deadlineMs: 8.5 * 3_600_000 },
    },
  });
  const counts = Object.fromEntries(distil.sources.map(({ dataset, count }) => [dataset, count]));
  expect(counts).toMatchObject({ creative: 500, xsum: 400, samsum: 400 });
});

it('are for a TPU by their setting where they say so, and the others for what there is', () => {
  const forTpu = presets.filter(({ settings }) => settings.platform === 'tpu').map(({ id }) => id);
  expect(forTpu).toEqual(['distil', 'dpo', 'recipe', 'rejection', 'think-first']);
  for (const { id, summary, settings } of presets) {
    expect([id, summary.includes('TPU v5e-8')]).toEqual([id, forTpu.includes(id)]);
    if (!forTpu.includes(id)) expect([id, settings.platform]).toEqual([id, null]);
  }
});

describe.each(presets.map((preset) => [preset.id, preset] as const))('%s', (id, preset) => {
  const tpu = { platform: 'tpu', devices: 8, memoryBytes: null } as const;
  const open = (changes = {}, facts?: typeof tpu) => {
    const place = tempFolder();
    makePlayResources(place);
    const geometry = { ...playGeometry, kvHeads: 4, context: 8192, window: 4096 };
    const lab = openPlayLab(place, {
      ...(facts ? { facts } : {}),
      changes: {
        resolveBase: () => 'tiny',
        base: async () => ({
          ...{ modelId: 'tiny', name: 'tiny', path: join(place, 'base'), identity: 'b'.repeat(64) },
          adapters: preset.expectsAdapter ? [adapter] : [],
        }),
        geometry: () => geometry,
        promptLengths: async () => [40],
        resolveSource: (text) => ({
          id: text,
          dataset: text.split(':')[0] ?? '',
          split: 'train',
          locked: null,
          rowCount: 5000,
        }),
        template: findPromptTemplate,
        ...changes,
      },
    });
    return { ...lab, place, jobs: createJobs({ ...lab.deps, resourcesFolder: join(place, 'resources') }) };
  };

  it('makes a run that the trainer takes, without an error before it', async () => {
    const lab = open(
      {
        freeze: async ({ sourceIds }: { sourceIds: string[] }) => ({
          ...(await lab.deps.blobs.put(sourceIds.join())),
          count: 5000 * sourceIds.length,
          datasets: Object.fromEntries(sourceIds.map((source) => [source.split(':')[0], 5000])),
        }),
        countTexts: async () => ({ creative: 500, xsum: 400, samsum: 400, gsm8k: 200 }),
        freezeTexts: async () => ({
          ...(await lab.deps.blobs.put('texts')),
          ...{ count: 1500, datasets: { creative: 500, xsum: 400, samsum: 400, gsm8k: 200 } },
        }),
      },
      tpu,
    );
    const data = join(lab.place, 'texts.jsonl');
    writeFileSync(data, '');
    const input = { preset, seed: 1, data };
    const found = await lab.jobs.preflight(input as never, context);
    expect(found.findings.filter((each) => each.level === 'error')).toEqual([]);
    expect(found.findings.some(({ field }) => field.startsWith('mesh'))).toBe(false);
    expect(found.plan?.steps).toBeGreaterThan(0);
    const { id: run } = await lab.jobs.launchNow(input);
    const [made, { env }] = ['spec.json', 'command.json'].map((name) =>
      JSON.parse(readFileSync(join(lab.host.path('jobs', run), name), 'utf8')),
    );
    expect(made.env.platform).toBe(preset.settings.platform);
    expect([env.JAX_PLATFORMS, env.XLA_FLAGS]).toEqual(['tpu', undefined]);
    const script = `
import sys; sys.path.insert(0, sys.argv[1])
from pathlib import Path
from forethought_trainer.checked import parse_json, read_object
from forethought_trainer.spec import SPECS
raw = parse_json(Path(sys.argv[2]))
spec = read_object(SPECS[raw["kind"]], raw, "")
spec.check()
print(spec.kind)
`;
    const said = execFileSync(
      trainerPython(),
      ['-c', script, 'resources/trainer', lab.host.path('jobs', run)],
      { encoding: 'utf8' },
    );
    expect(said.trim()).toBe(preset.kind);
    await lab.jobs.close();
  });

  it('is refused on this machine where it is for another, and only then', async () => {
    const lab = open({ countTexts: async () => ({ creative: 500, xsum: 400, samsum: 400, gsm8k: 200 }) });
    const { findings } = await lab.jobs.preflight({ preset, seed: 1, data: 'texts.jsonl' } as never, context);
    const ofDevices = findings.filter(({ field }) => field === 'platform' || field.startsWith('mesh'));
    const isForTpu = preset.settings.platform === 'tpu';
    expect(ofDevices).toMatchObject(isForTpu ? [{ field: 'platform', level: 'error' }] : []);
    await lab.jobs.close();
  });

  it('does not call texts unused that it wants and cannot read', async () => {
    const lab = open({
      countTexts: async () => {
        throw new CoreError('not-found', 'There is no such file.');
      },
    });
    const { findings } = await lab.jobs.preflight({ preset, seed: 1, data: 'nope.jsonl' } as never, context);
    const ofData = findings.filter(({ field }) => field === 'data');
    const wantsTexts = findings.some(({ message }) => message === 'There is no such file.');
    expect(ofData.some(({ message }) => message.includes('learns from no texts'))).toBe(!wantsTexts);
    await lab.jobs.close();
  });

  it('says what an empty lab lacks, and how to add it', async () => {
    const lab = open();
    const { resourcesFolder: _, ...deps } = lab.deps;
    const jobs = createJobs({
      ...deps,
      resourcesFolder: 'resources',
      resolveBase: openPlayLab(lab.place).deps.resolveBase,
      resolveSource: openPlayLab(lab.place).deps.resolveSource,
      shipped: {
        base: (base) => addShippedBase(base, 'lab'),
        source: (text) => importShipped(text, 'lab'),
      },
    });
    const offered = (await jobs.presets({}, context)).find((each) => each.id === id);
    expect(offered?.baseId).toBeNull();
    expect(offered?.missing[0]).toMatch(/base ".*" is not in this lab.*forethought models add/);
    const asks = ['grpo', 'rejection', 'program'].includes(preset.kind);
    expect(offered?.missing.some((each) => each.includes('datasets import'))).toBe(
      asks || id === 'evaluate-tiny',
    );
    for (const each of offered?.missing ?? [])
      if (each.includes('tiny')) expect(each).toMatch(/: `npx forethought [^<]* --lab [^<]*`\.$/);
    const { findings } = await jobs.preflight({ preset: id, seed: 1 }, context);
    const base = findings.find(({ field }) => field === 'baseId')?.message;
    expect(base?.includes('add it: `npx forethought models add ')).toBe(preset.base === 'tiny-gemma2');
    await jobs.close();
    await lab.jobs.close();
  });
});
