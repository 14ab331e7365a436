// What a person reads: tables that fit, times instead of milliseconds, and the printers of their own.
import { expect, test } from 'vitest';
import { cell, duration } from '../../../core/command-line/cell.ts';
import { aligned, table } from '../../../core/command-line/layout.ts';
import { listColumns } from '../../../core/command-line/list-columns.ts';
import { printable } from '../../../core/command-line/print.ts';
import { print } from '../../../core/command-line/printers.ts';
import { printScore } from '../../../core/command-line/score-table.ts';
import type { Verb } from '../../../core/command-line/verb.ts';
import { forethoughtCommand } from '../../../core/contract/command-words.ts';
import type { SuiteInfo } from '../../../core/contract/rewards.ts';
import { compileSuite } from '../../../core/rewards/suite.ts';
import { row } from '../rewards/rows.ts';

test('numbers stand to the right, and what is empty has a name', () => {
  expect(
    aligned([
      ['name', 'n'],
      ['a', '5'],
      ['bb', '10'],
    ]),
  ).toBe('name   n\na      5\nbb    10');
  expect(printable([])).toBe('nothing here yet');
  expect(printable(null)).toBe('nothing');
});

test('a model among what a run has published comes with a command that a shell reads as meant', async () => {
  const verb = { feature: 'jobs', verb: 'artifacts' } as Verb;
  const published = (kind: string, file: string) => [
    { name: 'export', kind, path: "/Eva's lab/export", files: [{ name: file }] },
  ];
  const templates: Record<string, string> = { r1: 'tiny-plain@1', r0: 'four-step@1' };
  const printed = async (kind: string, file: string, run: object) =>
    await print(verb, published(kind, file), {
      command: (words) => forethoughtCommand(words, '/my lab'),
      input: { id: 'r1' },
      ask: async (feature, _, input) => {
        const { id = '' } = input as { id?: string };
        return feature === 'models'
          ? [{ id: 'a0', jobId: 'r0' }]
          : { ...run, spec: { prompt: { id: templates[id] } } };
      },
    });
  const add = "npx forethought models add '/Eva'\\''s lab/export/model.gguf' --template";
  expect(await printed('export', 'model.gguf', { kind: 'program', uponAdapterId: 'a0' })).toMatch(
    `${add} tiny-plain@1 --lab '/my lab'`,
  );
  // A run that only writes files has the template of its preset; the adapter was trained with another.
  expect(await printed('export', 'model.gguf', { kind: 'export', uponAdapterId: 'a0' })).toMatch(
    `${add} four-step@1 --lab '/my lab'`,
  );
  expect(await printed('export', 'adapter.gguf', {})).not.toContain('models add');
  expect(await printed('merged-model', 'model.safetensors', { kind: 'merge', uponAdapterId: 'a0' })).toMatch(
    "npx forethought jobs launch export-gguf --base-id a0 --lab '/my lab'",
  );
  expect(
    await printed('merged-model', 'model.safetensors', { kind: 'program', uponAdapterId: null }),
  ).toMatch(/launch the preset export-gguf upon its adapter\.$/);
});

test('adapters of one name are told apart by their runs', async () => {
  const models = ['r1', 'r2', null].map((jobId) => ({ id: `a-${jobId}`, name: 'final', jobId }));
  const text = await print({ feature: 'models', verb: 'list' } as Verb, models, {
    command: (words) => words.join(' '),
    input: {},
    ask: async () => [{ id: 'r1', name: 'first try' }],
  });
  expect(text.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['id', 'name', 'run'],
    ['a-r1', 'final', 'first try'],
    ['a-r2', 'final', '–'],
    ['a-null', 'final', '–'],
  ]);
});

const stored = {
  id: '6112863b-2950-4307-b601-129bc76163fd',
  name: 'Tiny Gemma 2, two habits, with the adapter of the third run',
  question: 'How many stones does Eva have when she gets sixty-two more of them?',
  accuracy: { count: 5, n: 10, share: 0.5, low: 0.4, high: 0.6 },
};

test('a table fits the terminal: names and sentences are wrapped, texts of data cut, ids whole', () => {
  const text = printable([stored], undefined, 100);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  expect(text).toContain(stored.id);
  expect(text).toContain('50.0 % (40.0–60.0, n 10)');
  expect(text).toMatch(/How many s[^…]*…/);
  const name = text.split('\n').map((line) => line.slice(38).split('  ')[0]);
  expect(name.slice(1).join(' ')).toBe(stored.name);
  const narrow = table([{ title: 'a', cells: ['x'.repeat(200)], tooWide: 'keep' }], 60);
  expect(narrow).toContain('x'.repeat(200));
  const broken = table([{ title: 'a', cells: ['/'.repeat(130)], tooWide: 'wrap' }], 60);
  expect(broken.split('\n').map((line) => line.length)).toEqual([1, 60, 60, 10]);
});

test('what a check says is read whole, in a table within another value too', () => {
  const message = 'There is no source "tiny-tasks:train" in this lab. '.repeat(4).trim();
  const findings = [{ field: 'sources', level: 'error', message }];
  const text = printable({ ok: false, findings }, undefined, 80);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  const said = text
    .split('\n')
    .slice(3)
    .map((line) => line.slice(18).trim());
  expect(said.join(' ')).toBe(message);
});

test('where there is no terminal, nothing is cut and a row is a line', () => {
  const [, row = ''] = printable([stored]).split('\n');
  expect(row).toContain(stored.name);
  expect(row).toContain(stored.question);
});

test('a moment of a run is named by its stage and that stage’s own step', () => {
  expect(printable([{ name: 'a', moment: { stage: 'sft', step: 80, steps: 130 } }])).toMatch(
    /sft · step 80 of 130/,
  );
  expect(cell('since', { stage: null, step: 3, steps: 60 })).toBe('step 3 of 60');
  expect(cell('moment', { stage: 'merge', step: 0, steps: 0 })).toBe('merge');
});

test('a stop rule is told as it can be given back', () => {
  const stopRule = { metric: 'policy/kl', below: null, above: 1, belowBest: null, forSteps: 3 };
  const told = printable([{ stage: 'grpo', stopRule }]);
  expect(told.split('\n').at(-1)).toBe('grpo   {"metric":"policy/kl","above":1,"forSteps":3}');
});

test('an exam stands at its stage’s own step, and what is published with its held-out score', () => {
  const exam = {
    step: 146,
    moment: { stage: 'sft', step: 0, steps: 130 },
    set: 'before',
    of: 'base',
    n: 100,
  };
  const right = { count: 73, n: 100, share: 0.73, low: 0.636, high: 0.807 };
  const [head = '', line = ''] = printable([{ ...exam, mean: 3.9, right }], listColumns['jobs evals']).split(
    '\n',
  );
  expect(head).not.toMatch(/\bstep\b/);
  expect(line).toMatch(/^sft · step 0 of 130 .* 73\.0 % \(63\.6–80\.7, n 100\)/);
  const score = { set: 'before', n: 120, checked: 100, mean: 3.92, correct: 0.73, format: null, loss: null };
  expect(printable([{ name: 'final', score }], listColumns['jobs artifacts'])).toContain(
    '73.0 % right of 100, reward 3.92 (before)',
  );
  expect(cell('score', { ...score, checked: null })).toBe('73.0 % right, reward 3.92 (before)');
  expect(cell('score', { ...score, correct: null })).toBe('reward 3.92, n 120 (before)');
  expect(cell('score', { ...score, correct: null, mean: null, loss: 0.4117 })).toBe(
    'loss 0.412, n 120 (before)',
  );
});

test('columns in which nothing stands are left out', () => {
  expect(printable([{ id: 'a', error: null, flags: [], phase: '' }])).toBe('id\na');
});

test('times, durations, bytes and hashes are told as people tell them', () => {
  const at = new Date(2026, 10, 24, 1, 46).getTime();
  expect(cell('createdAt', at)).toBe('2026-11-24 01:46');
  expect(cell('ms', 1234)).toBe('1.2 s');
  expect([85, 59_000, 200_000, 7_500_000].map(duration)).toEqual([
    '85 ms',
    '59.0 s',
    '3 min 20 s',
    '2 h 05 min',
  ]);
  expect(cell('bytes', 6_567_719)).toBe('6.6 MB');
  expect(cell('sha256', 'ab'.repeat(32))).toBe('abababababab…');
  expect(
    cell(
      'values',
      Array.from({ length: 60 }, (_, i) => i / 10),
    ),
  ).toBe('0 → 5.900 (60)');
  expect(printable({ createdAt: at, name: 'x' })).toBe('created  2026-11-24 01:46\nname     x');
});

test('a score is told with every part, its weight and why', () => {
  const suite = {
    ...{ name: 's', version: 1, structure: 'four-step@1' },
    parts: [
      { id: 'format', fn: 'structure', weight: 0.5 },
      { id: 'answer', fn: 'answer', weight: 3 },
    ],
  };
  const scorer = compileSuite(suite);
  const info: SuiteInfo = {
    name: suite.name,
    version: 1,
    hash: '',
    min: scorer.min,
    max: scorer.max,
    suite,
    shipped: true,
    createdAt: null,
    note: null,
    warnings: [],
    uses: { evaluations: 0, runs: 0 },
  };
  const text = printScore(
    scorer.score(
      row({ answer: '4', answerType: 'number' }),
      '<reasoning>\na\n</reasoning>\n<answer>\n5\n</answer>',
    ),
    info,
  );
  expect(text).toMatch(
    new RegExp(`^wrong: \\S+ on a scale from ${scorer.min} to ${scorer.max}; the answer read is "5"`),
  );
  for (const part of suite.parts) expect(text).toMatch(new RegExp(`^${part.id} +\\S+ +${part.weight} `, 'm'));
  expect(text).not.toMatch(/span|deviations|parsed/);
});

test('a run that was cut says how it goes on, with the command for it; one that cannot says why', async () => {
  const next = 'It can be resumed, and goes on after step 4 of 12.';
  const cut = { id: 'r1', state: 'FAILED', resumesAfter: 4, next };
  const printing = {
    ask: async () => null,
    input: {},
    command: (words: readonly string[]) => `\`forethought ${words.join(' ')}\``,
  };
  const printed = async (verb: string, result: unknown) =>
    await print({ feature: 'jobs', verb } as Verb, result, printing);
  for (const verb of ['get', 'wait']) {
    expect(await printed(verb, cut)).toMatch(
      /goes on after step 4 of 12\.\n\nResume it: `forethought jobs resume r1`$/,
    );
    expect(await printed(verb, { ...cut, resumesAfter: null })).not.toContain('Resume it');
  }
  expect(await printed('resume', { id: 'r1', step: 4 })).toMatch(
    /^Run r1 goes on after step 4,.*\nFollow it/,
  );
  expect(await printed('resume', { id: 'r1', step: 0 })).toMatch(/^Run r1 starts over,/);
});

test('a rule that cannot judge a run yet is not told as well', async () => {
  const finding = (judged: boolean, stage: string | null = null) => ({
    ...{ level: 'ok', title: 'Reward', message: 'It rises.', judged, stage, since: null },
  });
  const told = async (state: string, ...findings: object[]) =>
    await print({ feature: 'jobs', verb: 'health' } as Verb, findings, {
      ask: async () => ({ kind: 'grpo', state }),
      input: { id: 'r1' },
      command: (words) => words.join(' '),
    });
  const early = 'ended before there was enough to judge it by.';
  for (const [state, level] of [
    ['RUNNING', 'too early'],
    ['DONE', 'too little'],
  ] as const) {
    const mixed = (await told(state, finding(true), finding(false))).split('\n');
    expect(mixed.map((line) => line.split(/ {2,}/)[0])).toEqual(['level', 'ok', level]);
  }
  expect(await told('RUNNING', finding(false))).toContain('too early');
  expect(await told('DONE', finding(false), finding(false))).toBe(`The run ${early}`);
  expect(await told('FAILED', finding(false, 'sft'))).toBe(`The stage sft ${early}`);
});

test('a list of a run that is empty says whether something can come', async () => {
  const told = async (verb: string, run: object) =>
    await print({ feature: 'jobs', verb } as Verb, [], {
      ask: async (_, __, input) => ({ ...run, ...(input as object) }),
      input: { id: 'r1' },
      command: (words) => words.join(' '),
    });
  const merge = { kind: 'merge', state: 'DONE' };
  expect(await told('evals', merge)).toBe(
    'A run of the kind merge examines nothing: it has no held-out results.',
  );
  expect(await told('health', merge)).toBe(
    'A run of the kind merge trains nothing that could go wrong: it is not watched.',
  );
  expect(await told('evals', { kind: 'grpo', state: 'RUNNING' })).toBe('nothing here yet');
  expect(await told('evals', { kind: 'grpo', state: 'DONE' })).toBe(
    'The run was never examined on held-out questions.',
  );
  expect(await told('health', { kind: 'grpo', state: 'FAILED' })).toBe(
    'The run ended before there was enough to judge it by.',
  );
});
