// Form, YAML and command are three views of one run: whatever is said in one of them is said in the others, for every preset that ships.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readInput } from '../../core/command-line/arguments.ts';
import { verbsOfContract } from '../../core/command-line/verbs-of-contract.ts';
import type { Preset } from '../../core/contract/jobs.ts';
import { createJobs, type Jobs } from '../../core/jobs/jobs.ts';
import { readPresets } from '../../core/jobs/presets.ts';
import { findPromptTemplate } from '../../core/rewards/prompt-template.ts';
import { chosenBy, emptyDraft, type LaunchDraft, launchInput } from '../../renderer/jobs/launch-draft.ts';
import { linesOf } from '../../renderer/jobs/launch-sources.ts';
import { readYaml } from '../../renderer/jobs/launch-text.ts';
import { withSetting } from '../../renderer/jobs/setting-fields.ts';
import { makePlayResources, openPlayLab, type PlayLab, playGeometry } from '../fixtures/play-lab.ts';
import { shellWords } from '../fixtures/shell-words.ts';
import { tempFolder } from '../fixtures/temp-folder.ts';

const context = { signal: undefined };
let lab: PlayLab;
let jobs: Jobs;
let presets: Preset[];
let data: string;

beforeAll(async () => {
  const folder = tempFolder();
  makePlayResources(folder);
  const adapter = { name: 'a', path: folder, manifestSha256: 'e'.repeat(64) };
  lab = openPlayLab(folder, {
    // Some presets are for such a machine, and the others for any.
    facts: { platform: 'tpu', devices: 8, memoryBytes: null },
    changes: {
      resolveBase: (text) => text,
      base: async (id) => ({
        ...{ modelId: id, name: id, path: join(folder, 'base'), identity: 'b'.repeat(64) },
        adapters: [adapter],
      }),
      geometry: () => ({ ...playGeometry, kvHeads: 4, context: 8192, window: 4096 }),
      resolveSource: (id) => ({
        ...{ id, dataset: id.split(':')[0] ?? '', split: 'train', locked: null, rowCount: 5000 },
      }),
      countTexts: async () => ({ creative: 500, xsum: 400, samsum: 400, gsm8k: 200 }),
      promptLengths: async () => [40],
      template: findPromptTemplate,
    },
  });
  jobs = createJobs({ ...lab.deps, resourcesFolder: 'resources' });
  presets = await jobs.presets({}, context);
  data = join(folder, 'texts.jsonl');
  writeFileSync(data, '');
});
afterAll(async () => {
  await jobs.close();
  lab.catalog.close();
});

const inputOf = (draft: LaunchDraft) => launchInput(draft, chosenBy(draft, presets, [], []));
const check = (input: object) => jobs.preflight({ seed: 1, ...input }, context);
const launch = verbsOfContract().find(({ feature, verb }) => feature === 'jobs' && verb === 'launch')!;
const draftOfYaml = (text: string): LaunchDraft => {
  const read = readYaml(text, presets);
  if (read.problem !== null) throw new Error(read.problem);
  return read.draft;
};

describe.each(readPresets('resources/presets').map(({ id }) => id))('%s', (id) => {
  const preset = () => presets.find((each) => each.id === id)!;
  const plain = (): LaunchDraft => ({ ...emptyDraft, presetId: id, data: preset().expectsData ? data : '' });
  const edited = (): LaunchDraft => ({
    ...plain(),
    ...{ baseId: 'another base', suite: 'mine@3', template: 'four-step@1', seed: '7', data },
    name: `it's "mine": $HOME #1`,
    sources: [
      ...linesOf(preset())
        .slice(1)
        .map(({ name }) => ({ name, count: '4' })),
      { name: 'extra:all:train', count: '' },
    ],
    settings: withSetting(preset().settings, ['limits'], { deadlineMs: 7_000_000, checkpointEveryMs: 1000 }),
  });

  test.each([
    ['as it ships', plain],
    ['edited everywhere', edited],
  ])('%s, comes back from YAML and from the command as the same request', async (_, draftOf) => {
    const draft = draftOf();
    const request = inputOf(draft);
    const { yaml, command, findings } = await check(request);
    expect(findings.filter(({ level }) => level === 'error')).toEqual([]);

    expect(inputOf(draftOfYaml(yaml))).toEqual(request);
    const said = readInput(launch, shellWords(command ?? '').slice(4, -2));
    expect({ ...said, settings: undefined }).toEqual({ ...request, settings: undefined });
    expect((await check(said)).yaml).toBe(yaml);
  });

  test('cut short by hand, is one run in the form and in the terminal', async () => {
    const document = parse((await check(inputOf(plain()))).yaml);
    const cut = new Set(['limits', 'heldOut', 'guard', 'stopWhen', 'gate']);
    const short = JSON.stringify(document, (field, value) => (cut.has(field) ? undefined : value));
    const { yaml } = await check({ yaml: short });
    expect(parse(yaml).settings).toMatchObject({ limits: { deadlineMs: null, checkpointEveryMs: 60_000 } });
    expect((await check(inputOf(draftOfYaml(short)))).yaml).toBe(yaml);
  });

  test('keeps the steps and the rate that are typed in', async () => {
    if (!('training' in preset().settings)) return;
    const request = inputOf({ ...plain(), steps: '3', learningRate: '0.0007' });
    const { yaml, command } = await check(request);
    const back = draftOfYaml(yaml);
    expect(back.settings).toMatchObject({ training: { steps: 3, learningRate: 0.0007 } });
    expect((await check(inputOf(back))).yaml).toBe(yaml);
    expect((await check(readInput(launch, shellWords(command ?? '').slice(4, -2)))).yaml).toBe(yaml);
  });

  test('keeps the adapter that it goes on from', async () => {
    if (!('lora' in preset().settings)) return;
    const request = inputOf({ ...plain(), startAdapterId: 'adapter-1' });
    const { yaml, command } = await check(request);
    expect(draftOfYaml(yaml).startAdapterId).toBe('adapter-1');
    expect((await check(inputOf(draftOfYaml(yaml)))).yaml).toBe(yaml);
    expect(readInput(launch, shellWords(command ?? '').slice(4, -2))).toMatchObject(request);
  });

  test('says it where sources are not used', async () => {
    const { findings } = await check({ ...inputOf(plain()), sources: ['extra:train'] });
    const isUsed = ['grpo', 'rejection', 'generate', 'program'].includes(preset().kind);
    expect(findings.some(({ message }) => message.includes('they are not used'))).toBe(!isUsed);
  });
});

describe('YAML', () => {
  const start = 'preset: think-first\n';
  test('may leave out everything: it is the preset’s then', () => {
    expect(draftOfYaml(start)).toEqual({ ...emptyDraft, presetId: 'think-first' });
  });
  test('has its settings whole: what is deleted is off or at its default, and does not come back as the preset has it', () => {
    const { settings } = presets.find(({ id }) => id === 'think-first')!;
    const { heldOut: _, mesh: __, platform: ___, ...rest } = settings as Record<string, unknown>;
    const left = draftOfYaml(`${start}settings: ${JSON.stringify(rest)}`);
    expect(inputOf(left).settings).toEqual({ heldOut: null, mesh: { fsdp: 1, tp: 1 }, platform: null });
  });
  test.each([
    ['a: [', /flow/i],
    ['- 1', /This is no run/],
    ['seed: 1', /"preset" is missing/],
    ['', /This is no run\. A run begins with a line as "preset: /],
    ['preset: [', /column 10\.$/],
    ['preset: think-first-tiny\nsettings: {training: {stepz: 3}}', /“training” has no setting "stepz"\.$/],
    ['preset: think-first-tiny\nsettings: {}', /“lora” is missing\.$/],
    ['preset: none', /no preset "none". There are: distil/],
    [`${start}sorces: [a]`, /a run has no field "sorces"/],
    [`${start}sources: gsm8k:train`, /"sources" must be a list/],
    [`${start}seed: -1`, /"seed" must be at least 0/],
    [`${start}name: ${'x'.repeat(121)}`, /"name" must have at most 120/],
    [`${start}settings: {lora: null}`, /LoRA|lora/],
    [`${start}settings: {training: {steps: 0}}`, /“lora” is missing/],
  ])('that is no run says why: %j', (text, words) => {
    expect(readYaml(text, presets).problem).toMatch(words);
  });
});
