// Specs of every kind: made from settings and rows, within the contract, and taken by the trainer's own reader.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CoreError } from '../../../core/contract/errors.ts';
import { settingsOf } from '../../../core/contract/job-settings.ts';
import { JobSpec } from '../../../core/contract/job-spec.ts';
import { createJobs, type Jobs } from '../../../core/jobs/jobs.ts';
import { preflight } from '../../../core/jobs/preflight.ts';
import { PresetFile } from '../../../core/jobs/presets.ts';
import { specText } from '../../../core/jobs/records.ts';
import { trainerPython } from '../../../resources/setup/python-environment.mjs';
import { makePlayResources, openPlayLab, type PlayLab, playPreset } from '../../fixtures/play-lab.ts';
import { insertPublished } from '../../fixtures/published.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

let lab: PlayLab;
let jobs: Jobs;
let texts: string;
let pairs: string;
const context = { signal: undefined };

beforeEach(() => {
  const folder = tempFolder();
  makePlayResources(folder);
  const plain = openPlayLab(folder);
  plain.catalog.close();
  const path = join(folder, 'base');
  lab = openPlayLab(folder, {
    changes: {
      resolveBase: (text) => text,
      countTexts: async (file, kind) => {
        if (!existsSync(file.path)) throw new CoreError('not-found', `There is no file ${file.path}.`);
        return plain.deps.countTexts(file, kind);
      },
      base: async (id) => ({
        ...(await plain.deps.base('tiny')),
        adapters:
          id === 'second'
            ? ['final', 'second'].map((name) => ({ name, path, manifestSha256: 'e'.repeat(64) }))
            : [],
      }),
    },
  });
  jobs = createJobs(lab.deps);
  texts = join(folder, 'texts.jsonl');
  pairs = join(folder, 'pairs.jsonl');
  const line = (more: object) => `${JSON.stringify({ question: 'Why?', ...more })}\n`;
  writeFileSync(texts, line({ completion: 'So.' }).repeat(12));
  writeFileSync(pairs, line({ chosen: 'So.', rejected: 'No.' }).repeat(12));
});
afterEach(async () => {
  await jobs.close();
  lab.catalog.close();
});

const { lora, rollout } = playPreset.settings;
const generation = { maxPromptTokens: 64, maxCompletionTokens: 64, batchSize: 4 };
const heldOut = { source: 'play:test', everySteps: 2, maxRows: 2 };
const optimizer = {
  steps: 4,
  batchSize: 2,
  learningRate: 1e-5,
  warmupFraction: 0,
  schedule: 'cosine',
  gradClip: 1,
};
const sft = {
  lora,
  training: { ...optimizer, maxTokens: 64 },
  validation: { rows: 3, everySteps: 2 },
  heldOut,
  generation,
  guard: { klWeight: 0.1, retention: { ...heldOut, set: 'before', maxDrop: 0.1 } },
};
const dpo = {
  lora,
  training: {
    ...{ ...optimizer, algorithm: 'dpo', beta: 0.1, lambdaOrpo: 0.1, labelSmoothing: 0 },
    ...{ maxPromptTokens: 32, maxCompletionTokens: 32 },
  },
};
const rejection = { rollout, samplesPerPrompt: 4, batchSize: 2, keep: { perPrompt: 1, correctOnly: true } };
const evaluate = { sets: [{ source: 'play:test', set: 'held-out' }], generation };
const fewer = { ...evaluate, sets: [{ source: 'play:test', maxRows: 2, set: 'held-out' }] };
const grpo = { ...playPreset.settings, heldOut: { ...heldOut, maxRows: null }, publishEverySteps: 2 };
const ofTheRun = new Set(['limits', 'mesh', 'platform', 'rolloutEncoding', 'tooLong', 'onlyForm']);
const grpoStage = Object.fromEntries(Object.entries(grpo).filter(([field]) => !ofTheRun.has(field)));
const gate = { metric: 'correct', set: 'held-out', atLeast: 0.1 };
const program = {
  best: { metric: 'correct', set: 'held-out' },
  stages: [
    {
      id: 'first',
      kind: 'grpo',
      share: 0.5,
      gate,
      ...grpoStage,
    },
    { id: 'merged', kind: 'merge', from: 'first', form: 'merged' },
    { id: 'taught', kind: 'sft', from: 'first', ...sft, heldOut: grpo.heldOut },
  ],
};

const settings = {
  grpo,
  sft,
  dpo,
  rejection,
  generate: { generation },
  evaluate,
  merge: { form: 'merged' },
  export: { what: 'adapter', format: 'gguf-lora' },
  program,
};
type Kind = keyof typeof settings;
const kinds = Object.keys(settings) as Kind[];

const presetOf = (kind: Kind) =>
  PresetFile.parse({
    ...{ id: kind, name: kind, summary: 'For tests.', kind, base: 'tiny', template: 'plain@1' },
    sources:
      kind === 'grpo' || kind === 'program' || kind === 'rejection' || kind === 'generate'
        ? [{ dataset: 'play', split: 'train' }]
        : [],
    suite: ['merge', 'export', 'generate'].includes(kind) ? null : 'think-first',
    settings: settings[kind],
  });
const inputOf = (kind: Kind) => ({
  ...{ preset: presetOf(kind), seed: 3 },
  ...(kind === 'dpo' ? { data: pairs } : kind === 'sft' || kind === 'program' ? { data: texts } : {}),
  ...(kind === 'merge' || kind === 'export' ? { baseId: 'second' } : {}),
});

/** What the trainer's own reader says of the spec, without the files that it names. */
function readByTrainer(folder: string): string {
  const script = `
import sys; sys.path.insert(0, sys.argv[1])
from pathlib import Path
from forethought_trainer.checked import parse_json, read_object
from forethought_trainer.spec import SPECS
raw = parse_json(Path(sys.argv[2]))
spec = read_object(SPECS[raw["kind"]], raw, "")
spec.check()
print(spec.kind, "taken")
`;
  const trainer = join(import.meta.dirname, '../../../resources/trainer');
  return execFileSync(trainerPython(), ['-c', script, trainer, folder], { encoding: 'utf8' }).trim();
}
describe.each(kinds)('%s', (kind) => {
  it('is made, staged with all that it needs, and read by the trainer', async () => {
    const { id } = await jobs.launchNow(inputOf(kind));
    const spec = JobSpec.parse(JSON.parse(specText(lab.catalog, id)));
    expect(spec).toMatchObject({ kind, jobId: id, seed: 3 });
    const folder = lab.host.path('jobs', id);
    const text = readFileSync(join(folder, 'spec.json'), 'utf8');
    for (const [, path] of text.matchAll(/"path":"([^"]+)"/g))
      expect(await lab.host.exists(path!), path).toBe(true);
    expect(JSON.parse(readFileSync(join(folder, 'command.json'), 'utf8')).argv).toContain(kind);
    expect(readByTrainer(folder)).toBe(`${kind} taken`);
  });
});

it.each(['grpo', 'sft', 'dpo'] as const)(
  '%s that goes on from an adapter is read by the trainer',
  async (kind) => {
    const { id } = await jobs.launchNow({ ...inputOf(kind), startAdapterId: 'adapter-1' });
    expect(JSON.parse(specText(lab.catalog, id)).lora.start.name).toBe('from PEFT');
    expect(readByTrainer(lab.host.path('jobs', id))).toBe(`${kind} taken`);
  },
);

describe('what the parts of a run get', () => {
  const specOf = async (input: Parameters<Jobs['launchNow']>[0]) =>
    JSON.parse(specText(lab.catalog, (await jobs.launchNow(input)).id));

  it('rows set aside are other rows than those that are trained on', async () => {
    const { data, validation } = await specOf(inputOf('sft'));
    expect(validation).toMatchObject({ everySteps: 2, set: 'validation' });
    expect(validation.path).toMatch(/store/);
    expect(data.count).toBeGreaterThan(0);
  });
  it('adapters that it is trained upon, from the base up', async () => {
    const spec = await specOf(inputOf('merge'));
    expect(spec.base.modelId).toBe('tiny');
    expect(spec.base.adapters.map((each: { name: string }) => each.name)).toEqual(['final', 'second']);
  });
  it('a mesh of more devices than there are is played on the processor', async () => {
    const settings = { mesh: { fsdp: 2, tp: 1 } };
    const { id } = await jobs.launchNow({ ...inputOf('grpo'), settings });
    const command = JSON.parse(readFileSync(join(lab.host.path('jobs', id), 'command.json'), 'utf8'));
    expect(command.env).toMatchObject({
      JAX_PLATFORMS: 'cpu',
      XLA_FLAGS: '--xla_force_host_platform_device_count=2',
    });
  });
  it('and as many as the largest mesh of a stage has', async () => {
    const own = program.stages.map((stage, i) => ({
      ...stage,
      ...(i === 2 ? { mesh: { fsdp: 4, tp: 1 } } : {}),
    }));
    const { id } = await jobs.launchNow({ ...inputOf('program'), settings: { stages: own } });
    const command = JSON.parse(readFileSync(join(lab.host.path('jobs', id), 'command.json'), 'utf8'));
    expect(command.env).toMatchObject({ XLA_FLAGS: '--xla_force_host_platform_device_count=4' });
  });
  it.each([
    ['grpo', 'cpu'],
    ['program', 'cpu'],
    // It computes on no device.
    ['merge', 'tpu'],
  ] as const)('what JAX must find: %s', async (kind, platform) => {
    const { id } = await jobs.launchNow({ ...inputOf(kind), settings: { platform } });
    expect(JSON.parse(specText(lab.catalog, id)).env).toMatchObject({ platform });
    expect(readByTrainer(lab.host.path('jobs', id))).toBe(`${kind} taken`);
    expect((await specOf(inputOf(kind))).env).toMatchObject({ platform: null });
  });
  it('a spec of before that setting is still one', async () => {
    const { env, ...spec } = await specOf(inputOf('grpo'));
    const { platform: _, ...before } = env;
    expect(JobSpec.parse({ ...spec, env: before }).env).toEqual({ ...before, platform: null });
  });
  it('counts of sources are drawn by the trainer', async () => {
    const spec = await specOf({ ...inputOf('grpo'), sources: ['play:train=3'] });
    expect(spec.data).toMatchObject({ count: 4, sources: { play: 3 } });
  });
  it('the traces of a run are what another one learns from', async () => {
    const { id } = await jobs.launchNow(inputOf('rejection'));
    await insertPublished(lab, id, 'traces', 'traces.jsonl', readFileSync(texts, 'utf8'));
    const spec = await specOf({ ...inputOf('sft'), data: id });
    const frozen = lab.deps.blobs.path(spec.data.sha256);
    expect(readFileSync(frozen, 'utf8')).toBe(readFileSync(texts, 'utf8'));
    await expect(jobs.launchNow({ ...inputOf('sft'), data: spec.jobId })).rejects.toThrow(
      /brought no traces home/,
    );
  });
});

describe('what ends a program early', () => {
  // Long enough for its exams.
  const training = { steps: 20 };
  const offered = async () => {
    const settings = { stages: { taught: { training } } };
    return (await preflight(lab.deps, { ...inputOf('program'), settings })).stopRules;
  };

  it('is offered for each stage that a rule can end, over what it measures', async () => {
    const rules = await offered();
    expect([...new Set(rules.map(({ stage }) => stage))]).toEqual(['first', 'taught']);
    expect(rules.filter(({ stage }) => stage === 'taught').map(({ rule }) => rule)).toEqual([
      'held-out-falls',
    ]);
  });
  it('is switched on by the name of its stage, and read by the trainer', async () => {
    const rules = await offered();
    const of = (id: string) => ({
      stopWhen: rules.filter(({ stage }) => stage === id).map(({ stopRule }) => stopRule),
    });
    const stagesThen = { first: of('first'), taught: { training, ...of('taught') } };
    const settings = { tooLong: 'leave-out', stages: stagesThen };
    const input = { ...inputOf('program'), settings };
    const { command, findings } = await preflight(lab.deps, input);
    expect(findings.filter(({ field }) => field.includes('stopWhen'))).toEqual([]);
    // The command says what differs, not all stages again.
    expect(command?.match(/stages\S*?=/g)).toEqual([
      'stages.first.stopWhen=',
      'stages.taught.stopWhen=',
      'stages.taught.training.steps=',
    ]);
    const { id } = await jobs.launchNow(input);
    const { stages } = JSON.parse(specText(lab.catalog, id));
    expect(stages).toMatchObject([of('first'), { kind: 'merge' }, of('taught')]);
    expect(readByTrainer(lab.host.path('jobs', id))).toBe('program taken');
  });
  it('is refused for a stage that there is not', async () => {
    const settings = { stages: { none: { stopWhen: [] } } };
    const { findings } = await preflight(lab.deps, { ...inputOf('program'), settings });
    expect(findings[0]).toMatchObject({
      field: 'stages',
      level: 'error',
      message: 'There is no stage "none"; the program has: first, merged, taught.',
    });
  });
});

it('a hundred questions set aside are the same whether a person has said how many or not', async () => {
  const [first] = program.stages;
  const asking = (id: string, maxRows: number | null) => ({
    ...first,
    id,
    heldOut: { ...heldOut, source: null, maxRows },
  });
  const settings = { stages: [asking('first', 100), asking('second', null)] };
  const { findings } = await preflight(lab.deps, { ...inputOf('program'), settings });
  expect(findings.filter(({ field }) => field === 'best.set')).toEqual([]);
  const { id } = await jobs.launchNow({
    ...inputOf('grpo'),
    settings: { heldOut: { source: null, maxRows: 2 } },
  });
  expect(JSON.parse(specText(lab.catalog, id)).heldOut.maxRows).toBeNull();
});

it('all questions of a set are the same whether a person has said how many there are or not, and by either name', async () => {
  const exam = (source: string, maxRows: number | null) => ({
    ...{ id: 'exam', kind: 'evaluate', ...evaluate, sets: [{ source, maxRows, set: 'held-out' }] },
    gate: { ...gate, atLeast: null, noWorseThan: 'base' },
  });
  const told = async (last: object) => {
    const settings = { stages: [program.stages[0], last] };
    const { findings } = await preflight(lab.deps, { ...inputOf('program'), settings });
    return findings.flatMap(({ field }) => (/best\.set|gate\.set/.test(field) ? [field] : []));
  };
  for (const most of [4, 9, null]) expect(await told(exam('play-test', most)), `${most}`).toEqual([]);
  expect(await told(exam('play:test', 3))).toEqual(['stages[1].gate.set', 'best.set']);
  // The trainer takes it, too.
  const { id } = await jobs.launchNow({
    ...inputOf('program'),
    settings: { stages: [program.stages[0], exam('play-test', 4)] },
  });
  expect(readByTrainer(lab.host.path('jobs', id))).toBe('program taken');
});

describe('what does not fit together', () => {
  const cases: [string, Kind, object, RegExp][] = [
    ['a preference without texts', 'dpo', { data: undefined }, /data: Name what it learns from.*"chosen"/],
    [
      'held-out questions without a suite',
      'sft',
      { settings: {}, preset: 'no-suite' },
      /suite: heldOut has questions/,
    ],
    [
      'exams without a length',
      'sft',
      { settings: { generation: null } },
      /generation: heldOut has questions answered/,
    ],
    [
      'two exams of one name',
      'sft',
      { settings: { guard: { retention: { set: 'held-out' } } } },
      /guard\.retention\.set/,
    ],
    [
      'a context that is too short',
      'grpo',
      { settings: { rollout: { maxCompletionTokens: 600 } } },
      /rollout\.maxCompletionTokens: .*context is 512/,
    ],
    [
      'half of keys and values',
      'grpo',
      { settings: { lora: { targets: ['k_proj'] } } },
      /lora\.targets: Only one of k_proj/,
    ],
    [
      'dapo with a KL penalty',
      'grpo',
      { settings: { training: { variant: 'dapo' } } },
      /training\.beta: dapo has no KL/,
    ],
    [
      'micro-batches that do not divide',
      'grpo',
      { settings: { training: { promptsPerStep: 3, trainMicroBatch: 2 } } },
      /trainMicroBatch: 2 does not divide/,
    ],
    [
      'old probabilities at another temperature',
      'grpo',
      { settings: { training: { iterations: 2 }, rollout: { temperature: 0.5 } } },
      /training\.iterations/,
    ],
    [
      'tensor parts that no head can be cut in',
      'grpo',
      { settings: { mesh: { tp: 4 } } },
      /mesh\.tp: 4 does not divide/,
    ],
    [
      'more rows than there are',
      'grpo',
      { sources: ['play:train=9'] },
      /9 rows of play are asked for, but play-train has 4/,
    ],
    [
      'more set aside than there are',
      'grpo',
      { settings: { heldOut: { source: null, maxRows: 4 } } },
      /heldOut\.maxRows: 4 questions cannot be set aside of 4/,
    ],
    [
      'to keep more than is sampled',
      'rejection',
      { settings: { keep: { perPrompt: 9 } } },
      /keep\.perPrompt/,
    ],
    ['nothing to merge', 'merge', { baseId: 'tiny' }, /baseId: There is no adapter to merge/],
    ['a model as a LoRA', 'export', { settings: { what: 'model' } }, /format: For a model it is gguf or hf/],
    [
      'a stage from a later one',
      'program',
      { settings: { stages: [{ ...program.stages[1], from: 'taught' }] } },
      /stages\[0\]\.from: "taught" is no earlier stage/,
    ],
    [
      'a stage that merges where nothing is trained',
      'program',
      { settings: { stages: [program.stages[0], { ...program.stages[1], from: 'base' }] } },
      /stages\[1\]\.from: "base" leaves no adapter to merge/,
    ],
    [
      'a stage that joins one adapter',
      'program',
      { settings: { stages: [program.stages[0], { ...program.stages[1], form: 'adapter' }] } },
      /stages\[1\]\.form: One adapter alone need not be joined/,
    ],
    [
      'a stage that merges what was merged',
      'program',
      {
        settings: {
          stages: [...program.stages.slice(0, 2), { ...program.stages[1], id: 'x', from: 'merged' }],
        },
      },
      /stages\[2\]\.from: "merged" leaves no adapter to merge/,
    ],
    [
      'a gate on a set that the stage does not ask',
      'program',
      { settings: { stages: [{ ...program.stages[0], gate: { ...gate, set: 'x' } }] } },
      /stages\[0\]\.gate\.set: The stage does not measure on "x"; it measures on "held-out"/,
    ],
    [
      'a gate after a stage that asks nothing',
      'program',
      { settings: { stages: [program.stages[0], { ...program.stages[1], gate }] } },
      /stages\[1\]\.gate\.set: .* it measures on no set/,
    ],
    [
      'a gate against a stage that does not ask its set',
      'program',
      {
        settings: {
          stages: [
            program.stages[0],
            { ...program.stages[2], gate: { ...gate, set: 'before', atLeast: null, noWorseThan: 'first' } },
          ],
        },
      },
      /stages\[1\]\.gate\.noWorseThan: Stage first does not measure on "before"; it measures on "held-out"/,
    ],
    [
      'a gate against a base that nobody has examined',
      'program',
      {
        settings: {
          stages: [
            program.stages[0],
            { ...program.stages[2], gate: { ...gate, set: 'before', atLeast: null, noWorseThan: 'base' } },
          ],
        },
      },
      /stages\[1\]\.gate\.noWorseThan: No stage up to this one that is from the base measures on "before"/,
    ],
    [
      'a best checkpoint by a set that no stage asks',
      'program',
      { settings: { best: { metric: 'correct', set: 'y' } } },
      /best\.set: No stage measures on "y"; they measure on "held-out", "before"/,
    ],
    [
      'a best checkpoint by a name that stands for other questions in another stage',
      'program',
      { settings: { stages: [...program.stages, { id: 'x', kind: 'evaluate', ...fewer }] } },
      /best\.set: By the name "held-out" first and x ask other questions: give both the same source and maxRows/,
    ],
    [
      'a gate against other questions of the same name',
      'program',
      {
        settings: {
          best: null,
          stages: [
            program.stages[0],
            { id: 'x', kind: 'evaluate', ...fewer, gate: { ...gate, atLeast: null, noWorseThan: 'base' } },
          ],
        },
      },
      /stages\[1\]\.gate\.set: By the name "held-out" first and x ask other questions/,
    ],
    [
      'traces for a stage that cannot learn from them',
      'program',
      {
        settings: {
          stages: [
            { id: 'kept', kind: 'rejection', ...rejection },
            { id: 'paired', kind: 'dpo', dataFrom: 'kept', ...dpo },
          ],
        },
      },
      /stages\[1\]\.dataFrom: Only a stage of kind sft learns from what an earlier one has kept/,
    ],
    [
      'a step of a stage that is out of range',
      'program',
      { settings: { stages: [{ ...program.stages[0], training: {} }] } },
      /stages\[0\]\.training\.steps/,
    ],
    ['a setting that there is not', 'merge', { settings: { steps: 3 } }, /steps/],
    ['steps where there are none', 'evaluate', { steps: 3 }, /has no steps of its own/],
  ];
  it.each(cases)('%s', async (_, kind, change, words) => {
    const { preset, ...rest } = inputOf(kind);
    const given = 'preset' in change ? { ...preset, suite: null } : preset;
    const launch = jobs.launchNow({ ...rest, ...change, preset: given } as never);
    await expect(launch).rejects.toMatchObject({ code: 'bad-input', message: expect.stringMatching(words) });
    expect(await jobs.list({}, context)).toEqual([]);
  });
});

it('tells of rows that a stage may make too long for another one', async () => {
  const [first, , taught] = program.stages;
  const stages = [first, { ...taught, replayFrom: { stage: 'first', share: 0.5 } }];
  const { findings } = await jobs.preflight(
    { ...inputOf('program'), settings: { stages } } as never,
    context,
  );
  expect(findings).toContainEqual({
    field: 'stages[1].training.maxTokens',
    level: 'warning',
    message: 'A row that stage first makes may have 224 tokens: longer ones than 64 will be left out.',
  });
});

describe('what a program lacks is told once, at the field that a person fills in:', () => {
  const [first, merged, taught] = program.stages;
  const again = { ...taught, id: 'again' };
  const replay = { guard: { replay: { data: 'nowhere.jsonl', share: 0.5 } } };
  it.each<[string, object[], object, string[]]>([
    ['texts of the run', [first!, merged!, taught!, again], { data: undefined }, ['data']],
    ['questions of a stage', [{ ...first, sources: ['nowhere:train'] }], {}, ['stages[0].sources']],
    ['texts of a stage', [first!, { ...taught, data: 'nowhere.jsonl' }], {}, ['stages[1].data']],
    ['replayed rows', [first!, { ...taught, ...replay }], {}, ['stages[1].guard.replay.data']],
    ['time', [{ ...first, share: 0.9 }, { ...taught, share: 0.2 }, merged!], {}, ['stages[1].share']],
  ])('%s', async (_, stages, said, fields) => {
    const { findings } = await jobs.preflight(
      { ...inputOf('program'), settings: { stages }, ...said } as never,
      context,
    );
    const errors = findings.filter(({ level }) => level === 'error').map(({ field }) => field);
    // The prompts of these rows are too long for some of these stages, which is not the question here.
    expect(errors.filter((field) => !field.endsWith('.maxPromptTokens'))).toEqual(fields);
  });
});

it('has settings of every kind', () => {
  expect(kinds.toSorted()).toEqual(Object.keys(settingsOf).toSorted());
});
