// What is said of a run before it is made: findings next to fields, the plan, and the run as YAML and as a command, which mean the same.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { sql } from '../../../core/catalog/sql.ts';
import { readInput } from '../../../core/command-line/arguments.ts';
import { verbsOfContract } from '../../../core/command-line/verbs-of-contract.ts';
import { readWords } from '../../../core/command-line/words.ts';
import { changed } from '../../../core/contract/merge-settings.ts';
import { differences, toCommand, toYaml, withDocument } from '../../../core/jobs/document.ts';
import { createJobs, type Jobs } from '../../../core/jobs/jobs.ts';
import { loraParameters } from '../../../core/jobs/plan.ts';
import { specText } from '../../../core/jobs/records.ts';
import {
  makePlayResources,
  openPlayLab,
  type PlayLab,
  playGeometry,
  playPreset,
} from '../../fixtures/play-lab.ts';
import { shellWords } from '../../fixtures/shell-words.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { throughTheContract } from '../../fixtures/through-the-contract.ts';

let lab: PlayLab;
let jobs: Jobs;
const heldOut = { source: 'play:test', everySteps: 2, maxRows: null, set: 'held-out' };
const stopWhen = [{ metric: 'policy/entropy', below: 0.1, above: null, belowBest: null, forSteps: 2 }];
const context = { signal: undefined };
const open = (changes = {}, facts?: ReturnType<PlayLab['deps']['hosts']['facts']>) => {
  const folder = tempFolder();
  makePlayResources(folder);
  lab = openPlayLab(folder, { changes, ...(facts ? { facts } : {}) });
  jobs = createJobs(lab.deps);
};
beforeEach(() => open());
afterEach(async () => {
  await jobs.close();
  lab.catalog.close();
});
const reopen = async (...changes: Parameters<typeof open>) => {
  await jobs.close();
  lab.catalog.close();
  open(...changes);
};
const check = (more: object = {}) => jobs.preflight({ preset: 'play', seed: 1, ...more }, context);

it('warns of a deadline within which nothing begins, and of a warm-up that is cut', async () => {
  const { findings } = await check({
    settings: { limits: { deadlineMs: 60 }, training: { warmupFraction: 0.9 } },
  });
  expect(findings).toMatchObject([
    { field: 'training.warmupFraction', level: 'warning', message: expect.stringContaining('a quarter') },
    { field: 'limits.deadlineMs', level: 'warning', message: expect.stringContaining('60 ms') },
  ]);
});

it('says that a count of questions is none, instead of looking for such a source', async () => {
  for (const count of ['-3', 'abc', '']) {
    const { findings } = await check({ sources: [`play:train=${count}`] });
    expect(findings[0]?.message).toContain(`"${count}" of "play:train=${count}" is no number of rows`);
  }
});

describe('going on from an adapter', () => {
  const more = { startAdapterId: 'adapter-1' };

  it('takes its LoRA and what it was trained on, and says so', async () => {
    const { findings, plan, command, yaml, startLora } = await check(more);
    expect(findings).toEqual([]);
    expect(startLora).toEqual({ rank: 6, alpha: 12, targets: ['q_proj', 'k_proj', 'v_proj'] });
    expect((await check()).startLora).toBeNull();
    expect(plan?.lines).toContain('goes on from from PEFT');
    expect(plan?.lines.join('\n')).toContain('LoRA rank 6, alpha 12 on q_proj, k_proj, v_proj');
    expect(command).toBe(
      `npx forethought jobs launch play --start-adapter-id adapter-1 --seed 1 --lab ${lab.deps.labFolder}`,
    );
    expect(parse(yaml)).toMatchObject({ start: 'adapter-1', settings: { lora: { rank: 6 } } });
    const { command: same } = await jobs.preflight({ yaml, seed: 1 }, context);
    expect(same).toBe(command);
  });

  it('is refused with another LoRA than the adapter has, wherever it is said', async () => {
    const lora = { rank: 64, targets: ['v_proj', 'k_proj', 'q_proj'] };
    const rank = {
      field: 'lora.rank',
      level: 'error',
      message:
        '"from PEFT" has 6 here, and training that goes on from it keeps that. Leave it out, or begin with a new adapter.',
    };
    expect((await check({ ...more, settings: { lora } })).findings).toEqual([rank]);
    const { yaml } = await check(more);
    const edited = yaml.replace('rank: 6', 'rank: 64');
    expect((await jobs.preflight({ yaml: edited }, context)).findings).toEqual([rank]);
    expect((await check({ ...more, settings: { lora: { ...lora, rank: 6 } } })).findings).toEqual([]);
  });

  it('is in the spec of the run, and null where a new adapter begins', async () => {
    const { id } = await jobs.launch({ preset: 'play', seed: 1, ...more }, context);
    const { id: fresh } = await jobs.launch({ preset: 'play', seed: 1 }, context);
    const [on, anew] = [id, fresh].map((each) => JSON.parse(specText(lab.catalog, each)));
    expect(on.lora).toMatchObject({
      rank: 6,
      alpha: 12,
      start: { name: 'from PEFT', sha256: 'a'.repeat(64) },
    });
    expect(on.base.modelId).toBe('tiny');
    expect(anew.lora.start).toBeNull();
  });

  it('is refused on another base, for an unknown adapter, and for a run that trains none', async () => {
    await reopen({
      resolveBase: (id: string) => id,
      base: (id: string) => ({
        modelId: id,
        name: id,
        path: '/base',
        identity: 'b'.repeat(64),
        adapters: [],
      }),
    });
    const other = await check({ ...more, baseId: 'other' });
    expect(other.findings[0]).toEqual({
      field: 'startAdapterId',
      level: 'error',
      message:
        '"from PEFT" was trained on tiny, not on other, where it would mean something else. Leave the base out, or choose that one.',
    });
    const unknown = await check({ startAdapterId: 'adapter-2' });
    expect(unknown.findings[0]).toMatchObject({ field: 'startAdapterId', level: 'error' });
    const { lora: _, training: __, ...general } = playPreset.settings;
    const merge = {
      ...playPreset,
      ...{ id: 'merge', kind: 'merge', sources: [], suite: null },
      settings: { limits: general.limits, form: 'merged' },
    };
    writeFileSync(join(lab.resources, 'presets/merge.json'), JSON.stringify(merge));
    const merged = await check({ ...more, preset: 'merge' });
    expect(merged.findings.find(({ field }) => field === 'startAdapterId')?.message).toMatch(
      /A run of the kind merge cannot go on from an adapter; grpo, sft and dpo can/,
    );
  });
});

describe('findings', () => {
  it('are none for a run that is fine, and nothing is written', async () => {
    const { findings, plan } = await check();
    expect(findings).toEqual([]);
    expect(plan).toMatchObject({ steps: 4, tokensPerStep: 2 * 4 * (96 + 128) });
    expect(plan?.lines.join('\n')).toMatch(
      /4 questions, 2 a step with 4 answers each: 32 completions in all/,
    );
    expect(plan?.lines.at(-1)).toMatch(
      /^4 steps of up to 1,792 tokens; about \d\d MB of arrays per device, and 1\.0 GB for the process$/,
    );
    expect(await jobs.list({}, context)).toEqual([]);
    expect(lab.catalog.column({ ...snapshots })).toEqual([0]);
  });

  it('are all told at once, errors first, each at its field', async () => {
    const { findings, plan } = await check({
      baseId: 'none',
      suite: 'think-first',
      settings: { training: { groupSize: 1, learningRate: 2 }, mesh: { fsdp: 3 } },
    });
    expect(findings.map((each) => [each.level, each.field])).toEqual([
      ['error', 'training.groupSize'],
      ['error', 'training.learningRate'],
      ['error', 'baseId'],
    ]);
    expect(plan).toBeNull();
    const mesh = await check({ settings: { mesh: { fsdp: 3 } } });
    expect(mesh.findings.map((each) => [each.level, each.field, each.message.slice(0, 30)])).toEqual([
      ['warning', 'mesh.fsdp', '8 sequences cannot be cut into'],
      ['warning', 'mesh.fsdp', 'The mesh has 3 devices, this m'],
    ]);
  });

  it('refuse what is for another device than there is here, and do not say how it would be played', async () => {
    const platform = {
      field: 'platform',
      level: 'error',
      message:
        'The run is for a TPU, but one that is started here computes on a CPU and would end before its first step. Choose a preset for this machine, or leave this one unset (null in YAML): it then computes on what is here, however long that takes.',
    };
    const mesh = { fsdp: 8, tp: 1 };
    const found = await check({ settings: { mesh, platform: 'tpu' } });
    expect([found.findings, found.ok, found.command]).toEqual([[platform], false, null]);
    const launch = jobs.launch({ preset: 'play', seed: 1, settings: { platform: 'tpu' } }, context);
    await expect(launch).rejects.toThrow(/^The run cannot be made: platform: The run is for a TPU/);
    expect(lab.catalog.column({ ...snapshots })).toEqual([0]);
    for (const here of ['cpu', null])
      expect((await check({ settings: { mesh, platform: here } })).findings).toMatchObject([
        { field: 'mesh.fsdp', level: 'warning' },
      ]);
    const wrong = await check({ settings: { platform: 'npu' } });
    expect(wrong.findings.map(({ message }) => message)).toEqual([
      '“Must run on” must be one of cpu, gpu, tpu, but is "npu".',
    ]);
  });

  it('let a TPU’s run through where there is a TPU, and say it again in YAML and command', async () => {
    await reopen({}, { platform: 'tpu', devices: 8, memoryBytes: null });
    const { findings, yaml, command } = await check({ settings: { platform: 'tpu' } });
    expect(findings).toEqual([]);
    const more = await check({ settings: { platform: 'tpu', mesh: { fsdp: 16 } } });
    expect(more.findings).toContainEqual({
      field: 'mesh.fsdp',
      level: 'error',
      message: 'The mesh has 16 devices, but there are 8 here. Choose a smaller one.',
    });
    expect(parse(yaml).settings.platform).toBe('tpu');
    expect(command).toContain(`--settings 'platform="tpu"'`);
    const before = yaml.replace(/^ {2}platform: .*\n/m, '');
    expect(before).not.toBe(yaml);
    const old = await jobs.preflight({ yaml: before }, context);
    expect([old.findings, parse(old.yaml).settings.platform]).toEqual([[], null]);
  });

  it('tell of what does nothing with one iteration, and of a clip above that is below the other', async () => {
    const found = async (training: object) =>
      (await check({ settings: { training } })).findings.map((each) => [
        each.level,
        each.field,
        each.message,
      ]);
    expect(await found({ variant: 'gspo-token', epsilonHigh: 0.28 })).toEqual([
      [
        ...['warning', 'training.variant'],
        'With one iteration gspo-token has the very gradient of grpo; it takes iterations 2 or more to differ.',
      ],
      ['warning', 'training.epsilonHigh', 'With one iteration nothing is ever clipped.'],
    ]);
    expect(await found({ variant: 'gspo-token', epsilonHigh: 0.28, iterations: 2 })).toEqual([]);
    expect(await found({ variant: 'dr-grpo' })).toEqual([]);
    const [low, ...more] = await found({ epsilonHigh: 0.1, iterations: 2 });
    expect(low).toEqual(['error', 'training.epsilonHigh', 'It is 0.1, below epsilon, 0.2.']);
    expect(more).toEqual([]);
    expect(await found({ epsilonHigh: 0.2, iterations: 2 })).toEqual([]);
  });

  it('tell of prompts that are too long, and of limits that are far too high', async () => {
    await reopen({ promptLengths: async () => [50, 96, 97, 120] });
    expect((await check()).findings).toEqual([
      {
        field: 'rollout.maxPromptTokens',
        level: 'error',
        message:
          '2 of 4 prompts of play-train are longer than 96 tokens; the longest has 120. A higher limit, or tooLong "leave-out", takes the others.',
      },
    ]);
    // So few that all of them can be short ones.
    expect((await check({ rows: 2 })).findings).toContainEqual({
      field: 'rollout.maxPromptTokens',
      level: 'warning',
      message: expect.stringMatching(/^2 of 4 prompts .* If one of them is drawn, the run is refused;/),
    });
    expect((await check({ rows: 3 })).ok).toBe(false);
    // Nor is it started.
    await expect(jobs.launch({ preset: 'play', seed: 1 }, context)).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(/rollout\.maxPromptTokens: 2 of 4 prompts .* Nothing was started\.$/),
    });
    await reopen({ promptLengths: async () => [10, 20] });
    expect((await check()).findings[0]).toMatchObject({
      field: 'rollout.maxPromptTokens',
      level: 'warning',
      message: expect.stringMatching(/longest prompt has 20 tokens and the mean 15/),
    });
    await reopen({ promptLengths: async () => null });
    expect((await check()).findings).toEqual([]);
  });

  it('are an error where every row would be left out, in the words of the launch that would fail', async () => {
    const settings = { tooLong: 'leave-out' };
    const said = async (more: object = {}) =>
      (await check({ settings, ...more })).findings.map(({ level, message }) => [level, message]);
    await reopen({ promptLengths: async () => [97, 98, 99, 120] });
    const { ok, command, findings } = await check({ settings });
    expect(findings).toEqual([
      {
        field: 'rollout.maxPromptTokens',
        level: 'error',
        message: 'All 4 rows of play-train are too long.',
      },
    ]);
    expect([ok, command]).toEqual([false, null]);
    // As many as are frozen: without those that are set aside, or so many only.
    const aside = { settings: { ...settings, heldOut: { source: null, everySteps: 2, maxRows: 1 } } };
    expect(await said(aside)).toEqual([['error', 'All 3 rows of play-train are too long.']]);
    expect(await said({ ...aside, rows: 2 })).toEqual([['error', 'All 2 rows of play-train are too long.']]);
    expect(await said({ rows: 1 })).toContainEqual(['error', 'The only row of play-train is too long.']);
    const left = /^3 of 4 prompts .* They are left out\.$/;
    await reopen({ promptLengths: async () => [96, 98, 99, 120] });
    expect(await said()).toEqual([['warning', expect.stringMatching(left)]]);
    // A sample of more: the others may fit.
    await reopen({ promptLengths: async () => [97, 98, 99] });
    expect(await said()).toEqual([['warning', expect.stringMatching(/^3 of 3 prompts/)]]);
  });

  it('and the plan speak of one as of one', async () => {
    const one = { id: 'play-one', dataset: 'play', split: 'train', locked: null, rowCount: 1 };
    await reopen({ resolveSource: () => one });
    const heldOut = { source: null, everySteps: 1, maxRows: 1 };
    const { findings, plan } = await check({ settings: { heldOut, training: { steps: 1, groupSize: 2 } } });
    const said = findings.map(({ message }) => message).join('\n');
    expect(said).toContain('1 question cannot be set aside of 1: ');
    expect(said).toContain('but there is only 1 row.');
    expect(plan?.lines.join('\n')).toMatch(
      /^1 question, 2 a step with 2 answers each: 4 completions in all\n.* every step, .*\n1 step of up to/m,
    );
  });

  it('tell of held-out questions that are trained on, and of those that are kept for the final score', async () => {
    const settings = { heldOut: { source: 'play:test', everySteps: 2 } };
    expect((await check({ settings })).findings).toMatchObject([
      { level: 'warning', field: 'heldOut.source', message: expect.stringMatching(/kept for evaluation/) },
    ]);
    await reopen({ sharedRows: () => 2 });
    expect((await check({ settings })).findings).toMatchObject([
      {
        level: 'error',
        field: 'heldOut.source',
        message: expect.stringMatching(/2 of the 4 questions of play-test are among those/),
      },
    ]);
  });

  it('refuse rows that earn by their form alone, unless that is meant', async () => {
    const kinds = [
      { domain: 'law', answerType: 'open', rows: 3 },
      { domain: 'math', answerType: 'number', rows: 1 },
    ];
    const plain = lab.deps.suite;
    const suite = async (name: string) => ({
      ...(await plain(name)),
      onlyForm: ({ answerType }: { answerType: string }) => answerType === 'open',
    });
    await reopen({
      rowKinds: () => kinds.slice(0, 1),
      suite,
    });
    expect((await check()).findings).toEqual([
      {
        field: 'suite',
        level: 'error',
        message:
          'All 3 rows of play train (open tasks of law) are judged by think-first only by their form, so that any answer earns all there is. Choose a suite that judges them; onlyForm "train" trains on them all the same.',
      },
    ]);
    await expect(jobs.launch({ preset: 'play', seed: 1 }, context)).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(/suite: All 3 rows.*Nothing was started/),
    });
    expect((await check({ settings: { onlyForm: 'train' } })).findings).toMatchObject([
      { field: 'suite', level: 'warning', message: expect.stringMatching(/^All 3 rows/) },
    ]);
    await reopen({ rowKinds: () => kinds, suite });
    expect((await check()).findings).toMatchObject([
      { field: 'suite', level: 'warning', message: expect.stringMatching(/^3 of 4 rows of play train/) },
    ]);
  });

  it('judge rows by the rubric that they name themselves', async () => {
    const plain = lab.deps.suite;
    const suite = async (name: string) => ({
      ...(await plain(name)),
      onlyForm: ({ rubricId }: { rubricId?: string }) => rubricId !== 'writing@1',
    });
    await reopen({ rowKinds: () => [{ domain: 'creative', answerType: 'open', rows: 3 }], suite });
    const verifiers = ['{"rubricId":"writing@1"}', '{"rubricId":"none"}', null];
    const own = (index: number, verifier: string | null) =>
      lab.catalog.run(sql`INSERT INTO rows (id, source, question, answer_raw, domain, answer_type, verifier, origin, flags, hash)
        SELECT ${`own:${index}`}, rowid, 'q', '', 'creative', 'open', ${verifier}, '{}', '[]', 'h'
        FROM sources WHERE id = 'play-train'`);
    for (const [i, verifier] of verifiers.entries()) own(i, verifier);
    expect((await check()).findings).toMatchObject([
      { field: 'suite', level: 'warning', message: expect.stringMatching(/^2 of 3 rows of play train/) },
    ]);
    lab.catalog.run(sql`UPDATE rows SET verifier = '{"rubricId":"writing@1"}'`);
    expect((await check()).findings).toEqual([]);
  });

  it('tell of a source that is named twice, of counts over one data set, and of no source at all', async () => {
    await reopen({
      resolveSource: (text: string) => ({
        ...{ id: text, dataset: 'arc', split: 'train', locked: null, rowCount: 10 },
      }),
    });
    const said = async (...sources: string[]) =>
      (await check({ sources })).findings.map(({ field, level, message }) => [field, level, message]);
    expect(await said('easy', 'hard')).toEqual([]);
    expect(await said('easy=2', 'hard')).toEqual([
      ['sources', 'warning', 'easy and hard are one data set, arc: 12 rows are drawn from them together.'],
    ]);
    expect(await said('easy', 'easy=2')).toEqual([['sources', 'error', 'easy is named twice.']]);
    expect(await said()).toEqual([['sources', 'error', 'Name the questions that it trains on.']]);
  });

  it('tell of a base that does not fit into memory', async () => {
    await reopen({ geometry: () => ({ ...playGeometry, parameters: 4.5e9 }) });
    const { findings, plan } = await check();
    expect(findings).toMatchObject([
      {
        level: 'warning',
        message: expect.stringMatching(
          /about 37\.\d GB of memory, 1\.0 of them for Python.*this machine has 8\.0 GB/,
        ),
      },
    ]);
    expect(plan?.memoryBytes).toBeGreaterThan(36e9);
  });

  it('tell where a mean over the tokens of a step is taken in parts', async () => {
    const found = async (variant: string, trainMicroBatch: number | null) =>
      (await check({ settings: { training: { variant, beta: 0, trainMicroBatch } } })).findings;
    expect(await found('dapo', 1)).toMatchObject([
      {
        level: 'warning',
        field: 'training.trainMicroBatch',
        message: expect.stringMatching(/the mean of the parts/),
      },
    ]);
    for (const [variant, size] of [
      ['dapo', 2],
      ['dapo', null],
      ['grpo', 1],
    ] as const)
      expect(await found(variant, size)).toEqual([]);
  });

  it('tell of a rule on the KL only where none is measured: klStop has it measured without a weight', async () => {
    const stopWhen = [{ metric: 'policy/kl', above: 1 }];
    const found = (klStop: number | null) => check({ settings: { stopWhen, training: { beta: 0, klStop } } });
    expect((await found(null)).findings).toMatchObject([
      { level: 'warning', field: 'stopWhen[0]', message: expect.stringMatching(/only where klStop is set/) },
    ]);
    expect((await found(1)).findings).toEqual([]);
  });

  it('offer what can end the run early', async () => {
    const { stopRules } = await check();
    expect(stopRules.map((each) => [each.stage, each.rule])).toContainEqual([null, 'few-distinct']);
    const wrong = await check({ settings: { training: { groupSize: 1 } } });
    expect(wrong.stopRules).toEqual(stopRules); // no switch goes away while a number is typed
    const settings = { stopWhen: stopRules.map((each) => each.stopRule) };
    expect((await check({ settings })).findings).toEqual([]);
  });

  it('tell in plain words what is out of its range, by the name that the form has for it', async () => {
    const { findings } = await check({ settings: { training: { groupSize: 1, learningRate: 2 } } });
    expect(findings.map(({ message }) => message)).toEqual([
      '“Answers to each” must be at least 2, but is 1.',
      '“Learning rate” must be at most 1, but is 2.',
    ]);
  });
});

const snapshots = { ...(await import('../../../core/catalog/sql.ts')).sql`SELECT COUNT(*) FROM snapshots` };

describe('the plan', () => {
  it('needs as much memory as the trainer says that it does, on the embedded model', async () => {
    // 4 x 4 completions of 96 tokens after prompts of 48: "memoryBytes" of the trainer's own `plan` event.
    const tiny = {
      ...playGeometry,
      parameters: 1_087_616,
      layers: 4,
      width: 128,
      vocabulary: 800,
      context: 512,
    };
    const square: [number, number][] = Array.from({ length: 4 }, () => [128, 128]);
    const half: [number, number][] = Array.from({ length: 4 }, () => [64, 128]);
    const wide: [number, number][] = Array.from({ length: 4 }, () => [512, 128]);
    const narrow: [number, number][] = Array.from({ length: 4 }, () => [128, 512]);
    const [q_proj, o_proj, k_proj, v_proj] = [square, square, half, half];
    const projections = { q_proj, o_proj, k_proj, v_proj, gate_proj: wide, up_proj: wide, down_proj: narrow };
    await reopen({ geometry: () => ({ ...tiny, projections }) });
    const settings = {
      lora: { rank: 32, targets: Object.keys(projections) },
      training: { promptsPerStep: 4 },
      rollout: { maxPromptTokens: 48, maxCompletionTokens: 96 },
    };
    expect((await check({ settings })).plan).toMatchObject({ memoryBytes: 92_652_544, tokensPerStep: 2304 });
  });

  it('counts what an adapter trains as the trainer does: keys and values are one matrix with one A', () => {
    const one = (target: string) => loraParameters(playGeometry, 4, [target]);
    expect(one('q_proj')).toBe(2 * 4 * 128);
    expect(one('v_proj')).toBe(2 * 4 * 64);
    expect(loraParameters(playGeometry, 4, ['k_proj', 'v_proj'])).toBe(2 * 4 * 192);
  });
});

describe('the run as text', () => {
  const changes = {
    sources: ['play:train=3'],
    suite: "it's mine",
    name: 'two words: $HOME',
    seed: 7,
    settings: {
      training: { beta: 0.5, klStop: null },
      stopWhen: [{ metric: 'policy/kl', above: 1, below: null, belowBest: null, forSteps: 3 }],
    },
  };

  it('is YAML that makes the very same run', async () => {
    const { yaml } = await check(changes);
    expect(parse(yaml)).toMatchObject({
      preset: 'play',
      seed: 7,
      sources: ['play:train=3'],
      settings: { training: { beta: 0.5 } },
    });
    const again = await throughTheContract({ jobs }).jobs.preflight({ yaml });
    expect(again.yaml).toBe(yaml);
    const file = join(lab.folder, 'run.yaml');
    writeFileSync(file, yaml);
    const first = await jobs.launch({ preset: 'play', ...changes }, context);
    const second = await throughTheContract({ jobs }).jobs.launch({ yaml: file });
    const specOf = ({ id }: { id: string }) => ({ ...JSON.parse(specText(lab.catalog, id)), jobId: '' });
    expect(specOf(second)).toEqual(specOf(first));
  });

  it('counts less than what is said beside it', () => {
    const yaml = 'preset: play\nseed: 3\nbase: tiny\nsettings:\n  training: {beta: 1, steps: 2}\n';
    const input = withDocument({ yaml, seed: 5, settings: { training: { beta: 2 } } });
    expect(input).toMatchObject({
      preset: 'play',
      baseId: 'tiny',
      seed: 5,
      own: { training: { beta: 1, steps: 2 } },
      settings: { training: { beta: 2 } },
    });
    expect(withDocument({ yaml })).toMatchObject({ seed: 3 });
    expect(withDocument({ yaml: 'preset: play' })).toMatchObject({ seed: 1 });
  });

  it('has whole settings: what is taken out of the YAML is off, and a change beside it lies over what is left', async () => {
    await reopen({});
    const guarded = { ...playPreset, settings: { ...playPreset.settings, heldOut, stopWhen } };
    writeFileSync(join(lab.resources, 'presets/play.json'), JSON.stringify(guarded));
    const { yaml } = await check();
    const document = parse(yaml);
    expect(document.settings).toMatchObject({ heldOut, stopWhen });
    const { heldOut: _, stopWhen: __, ...shortened } = document.settings;
    const short = toYaml({ ...document, settings: shortened });
    const settings = { training: { beta: 2 } };
    const read = parse((await jobs.preflight({ yaml: short, settings }, context)).yaml);
    expect(read.settings).toMatchObject({ heldOut: null, stopWhen: [], training: { beta: 2, steps: 4 } });
    expect((await check({ settings })).yaml).toContain('everySteps: 2');
  });

  it('says that its settings are whole where they lack what has to be said, and what of the preset is off for it', async () => {
    await reopen({});
    const guarded = { ...playPreset, settings: { ...playPreset.settings, heldOut, stopWhen } };
    writeFileSync(join(lab.resources, 'presets/play.json'), JSON.stringify(guarded));
    const { yaml, findings } = await check();
    expect(findings.filter(({ field }) => field === 'settings')).toEqual([]);
    const told = async (settings: object, more: object = {}) =>
      (
        await jobs.preflight({ yaml: toYaml({ ...parse(yaml), settings }), ...more }, context)
      ).findings.filter(({ field }) => field === 'settings' || field === 'lora');
    const { heldOut: _, stopWhen: __, ...short } = parse(yaml).settings;
    const off = {
      ...{ field: 'settings', level: 'warning' },
      message: expect.stringMatching(
        /replace all .* is off, or at its default: (heldOut, stopWhen|stopWhen, heldOut)\./,
      ),
    };
    expect(await told(short)).toEqual([off]);
    expect(await told(short, { settings: { heldOut, stopWhen: [] } })).toEqual([]);
    const { lora: ___, ...lacking } = short;
    expect(await told(lacking)).toEqual([
      {
        ...{ field: 'settings', level: 'error' },
        message: expect.stringMatching(
          /^The settings in the document replace all .* \(lora\)\. .*--settings PATH=VALUE/,
        ),
      },
      { field: 'lora', level: 'error', message: '“lora” is missing.' },
      off,
    ]);
  });

  it('names the stages of its own where a change is of a stage that it lacks', async () => {
    const { limits, mesh, lora, training, rollout } = playPreset.settings;
    const stage = (id: string) => ({ id, kind: 'grpo', lora, training, rollout });
    const program = {
      ...{ ...playPreset, id: 'two', kind: 'program' },
      settings: { limits, mesh, stages: [stage('first'), stage('second')] },
    };
    writeFileSync(join(lab.resources, 'presets/two.json'), JSON.stringify(program));
    const yaml = toYaml({ preset: 'two', settings: { stages: [stage('first')] } });
    const settings = (id: string) => ({ stages: { [id]: { training: { steps: 2 } } } });
    const refused = await jobs.preflight({ yaml, settings: settings('second') }, context);
    expect(refused.findings).toContainEqual({
      field: 'stages',
      level: 'error',
      message: 'There is no stage "second"; the program has: first.',
    });
    const taken = await jobs.preflight({ yaml, settings: settings('first') }, context);
    expect(parse(taken.yaml).settings.stages).toMatchObject([{ id: 'first', training: { steps: 2 } }]);
  });

  it.each([
    ['preset: [', /The YAML cannot be read: .* at line 1, column 10\.$/],
    ['seed: 1\n', /wrong: "preset" is missing/],
    ['preset: play\nseeds: 3\n', /wrong: a run has no field "seeds"/],
    ['seed: -1\npreset: play\n', /wrong: "seed" must be at least 0/],
    ['run.yaml', /neither a run as YAML nor a file that is there/],
  ])('is refused where it is none: %j', (yaml, words) => {
    expect(() => withDocument({ yaml, seed: 1 })).toThrow(words);
  });

  it('names a file that is there and holds something else', () => {
    const file = join(lab.folder, 'notes.txt');
    writeFileSync(file, 'not a run\n');
    expect(() => withDocument({ yaml: file, seed: 1 })).toThrow(
      `yaml: the file ${file} holds no run as YAML. A run begins with a line as "preset: think-first-tiny"`,
    );
  });

  it('is a command that makes the very same run', async () => {
    const { command } = await check(changes);
    const [npx, program, ...typed] = shellWords(command ?? '');
    const { lab: named, words } = readWords(typed);
    const [feature, verb, ...rest] = words;
    expect([npx, program, feature, verb]).toEqual(['npx', 'forethought', 'jobs', 'launch']);
    expect(named).toBe(lab.deps.labFolder);
    const launch = verbsOfContract().find((each) => each.feature === 'jobs' && each.verb === 'launch')!;
    const input = readInput(launch, rest);
    expect(input).toEqual({
      preset: 'play',
      ...changes,
      settings: { ...changes.settings, training: { beta: 0.5 } },
    });
  });

  it('is no command while something stops it', async () => {
    expect((await check({ settings: { training: { steps: 0 } } })).command).toBeNull();
  });

  it('keeps any settings through YAML and through words', () => {
    const field = fc.string({ minLength: 1, maxLength: 6, unit: fc.constantFrom(...'abcXYZ09') });
    const leaf = fc.oneof(
      fc.string(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(fc.string(), { maxLength: 3 }),
    );
    const settings = fc.dictionary(
      field,
      fc.oneof(leaf, fc.dictionary(field, leaf, { minKeys: 1, maxKeys: 3 })),
      { maxKeys: 4 },
    );
    const launch = verbsOfContract().find((each) => each.feature === 'jobs' && each.verb === 'launch')!;
    fc.assert(
      fc.property(
        settings,
        fc.string({ minLength: 1 }).filter((text) => !text.startsWith('--')),
        (given, name) => {
          const json = JSON.parse(JSON.stringify(given)); // -0 is 0 in every text
          const document = { preset: 'play', seed: 1, name, settings: json };
          expect(parse(toYaml(document))).toEqual(document);
          const words = shellWords(toCommand(document, json, 'lab')).slice(4, -2);
          expect(readInput(launch, words)['settings'] ?? {}).toEqual(json);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('says what differs, so that laying it over gives the same again', () => {
    const before = playPreset.settings;
    const after = changed(before, {
      training: { steps: 9 },
      heldOut: { source: null, everySteps: 1 },
      stopWhen: [{ metric: 'x', above: 1 }],
    });
    expect(differences(before, before)).toEqual({});
    expect(changed(before, differences(before, after))).toEqual(after);
  });
});
