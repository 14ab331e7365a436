// Evaluations: every answer is stored before the next is asked, whatever happens in between.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { sql } from '../../../core/catalog/sql.ts';
import { CoreError } from '../../../core/contract/errors.ts';
import type { EvalMeasured } from '../../../core/evals/deps.ts';
import { createInference } from '../../../core/inference/inference.ts';
import { createWorkerHost } from '../../../core/inference/worker-host.ts';
import { findPromptTemplate } from '../../../core/rewards/prompt-template.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { baseTensors, sha256, small, writeModelGguf } from '../models/tiny-model.ts';
import { context, fakeInference, numberRow, openEvalLab, start, strict } from './eval-lab.ts';

type EvalLab = ReturnType<typeof openEvalLab>;
const open: EvalLab[] = [];
const lab = (options: Parameters<typeof openEvalLab>[0]): EvalLab => {
  const made = openEvalLab(options);
  open.push(made);
  return made;
};
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

/** Answers "What is a + b?" rightly, or as told. */
const sum = (prompt: string): number => {
  const [, a, b] = /What is (\d+) \+ (\d+)/.exec(prompt)!;
  return Number(a) + Number(b);
};
const crash = () =>
  new CoreError('internal', 'The inference process died (SIGKILL) in the middle of "generate".', {
    crashed: true,
  });
const stored = (of: EvalLab) => of.catalog.column(sql`SELECT position FROM completions ORDER BY position`);

describe('a run', () => {
  it('asks every row once, in the order of its seed, and counts what it got', async () => {
    const { inference, seen } = fakeInference({
      answer: (prompt, n) =>
        n % 4 === 0 ? 'I think it is 3.' : strict(String(sum(prompt) + (n % 4 === 1 ? 1 : 0))),
    });
    const rows = Array.from({ length: 8 }, (_, i) => numberRow(i + 1, i < 4 ? 'math' : 'logic'));
    const { evals, catalog } = lab({ inference, rows });
    const { id } = await evals.start({ ...start, seed: 2 }, context);
    const done = await evals.wait({ id }, context);
    expect(done).toMatchObject({
      name: 'Base on sums test',
      state: 'done',
      done: 8,
      total: 8,
      template: 'tiny-plain@1',
      suite: { name: 'think-first@2', hash: 'suite-hash' },
      accuracy: { count: 4, n: 8 },
      format: { count: 6, n: 8 },
      truncated: { count: 0, n: 8 },
    });
    expect(done.byDomain.map(({ domain, accuracy }) => [domain, accuracy.n])).toEqual([
      ['logic', 4],
      ['math', 4],
    ]);
    expect(done.tokensPerSecond).toBeGreaterThan(0);
    expect(seen.prompts[0]).toBe('<start_of_turn>user\nWhat is 3 + 3?<end_of_turn>\n<start_of_turn>model\n');
    expect(new Set(seen.prompts).size).toBe(8);
    expect(seen).toMatchObject({ opened: [1768], closed: 1 });
    expect(catalog.column(sql`SELECT row_id FROM evaluation_rows ORDER BY position`)[0]).toBe(
      'sums:main:test:3',
    );
  });

  it('shows its completions with question, gold, reading and prompt, filtered as asked', async () => {
    const { inference } = fakeInference({
      answer: (prompt) => strict(String(sum(prompt) < 10 ? sum(prompt) : 0)),
    });
    const { evals } = lab({ inference });
    const { id } = await evals.start(start, context);
    await evals.wait({ id }, context);
    const page = { offset: 0, limit: 2 };
    const wrong = await evals.completions({ id, verdict: 'wrong', ...page }, context);
    expect(wrong.total).toBe(4);
    expect(wrong.completions[0]).toMatchObject({
      index: 4,
      question: 'What is 5 + 5?',
      gold: '10',
      verdict: 'wrong',
      strict: true,
      answer: '0',
    });
    expect((await evals.completions({ id, search: 'exactly 8', ...page }, context)).total).toBe(1);
    expect((await evals.completions({ id, search: '%', ...page }, context)).total).toBe(0);
    expect((await evals.completions({ id, domain: 'logic', ...page }, context)).total).toBe(0);
    const one = await evals.completion({ id, index: 4 }, context);
    expect(one.prompt).toMatch(/^<start_of_turn>user\nWhat is 5 \+ 5\?/);
    expect(one.result.parsed.reading).toBe('strict');
    expect(one.row.answer).toBe('10');
    expect(() => evals.completion({ id, index: 99 }, context)).toThrow(/has no answer 99 yet/);
  });

  it('is one evaluation for one id, however often it is asked for', async () => {
    const { inference, seen } = fakeInference({ answer: () => strict('1') });
    const { evals, catalog } = lab({ inference });
    const id = 'an-id-of-the-caller';
    const asked = await Promise.all([1, 2, 3].map(() => evals.startNow({ ...start, id })));
    expect(asked).toEqual([{ id }, { id }, { id }]);
    await evals.wait({ id }, context);
    expect(await evals.startNow({ ...start, id })).toEqual({ id });
    expect(await evals.wait({ id }, context)).toMatchObject({ state: 'done', done: 8 });
    expect(seen.prompts).toHaveLength(8);
    expect(catalog.column(sql`SELECT id FROM evaluations`)).toEqual([id]);
  });

  it('marks turns as the model does, not as the template was written', async () => {
    const { inference, seen } = fakeInference({ answer: () => '' });
    const { evals } = lab({ inference, model: { family: 'chatml', template: 'four-step@1' } });
    const { id } = await evals.start({ ...start, limit: 1 }, context);
    await evals.wait({ id }, context);
    expect(seen.prompts[0]).toMatch(/^<\|im_start\|>user\nThink first, answer second\./);
  });

  it.each(['four-step@1', 'tiny-plain@1'])(
    'scores with the prompt and examples of %s, as training does',
    async (template) => {
      const { inference, seen } = fakeInference({ answer: () => strict('1') });
      const scored: EvalMeasured[] = [];
      const { evals } = lab({ inference, onScore: (measured) => scored.push(measured) });
      const { id } = await evals.start({ ...start, template, limit: 2 }, context);
      await evals.wait({ id }, context);
      const examples = findPromptTemplate(template).examples.map((example) => example.completion);
      expect(examples.length).toBe(template === 'four-step@1' ? 1 : 0);
      expect(scored.map((measured) => measured.examples)).toEqual([examples, examples]);
      expect(scored.map((measured) => measured.prompt)).toEqual(seen.prompts);
    },
  );

  it('waits for its turn behind another one, and can be paused meanwhile', async () => {
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { inference } = fakeInference({
      answer: async (_, n) => {
        if (n === 0) await gate;
        return strict('1');
      },
    });
    const { evals, activities } = lab({ inference });
    const [first, second, third] = [
      await evals.start(start, context),
      await evals.start({ ...start, name: 'second' }, context),
      await evals.start({ ...start, name: 'third' }, context),
    ];
    expect(activities.list().map((each) => each.title)).toEqual(['Base on sums test', 'second', 'third']);
    expect(await evals.pause({ id: second.id }, context)).toMatchObject({ state: 'paused', done: 0 });
    release();
    expect(await evals.wait({ id: third.id }, context)).toMatchObject({ state: 'done' });
    expect(await evals.get({ id: first.id }, context)).toMatchObject({ state: 'done' });
    expect(await evals.get({ id: second.id }, context)).toMatchObject({ state: 'paused' });
    await evals.resume({ id: second.id }, context);
    expect(await evals.wait({ id: second.id }, context)).toMatchObject({ state: 'done', done: 8 });
    expect(() => evals.resume({ id: second.id }, context)).toThrow(/is done: every row has its answer/);
    expect((await evals.list({}, context)).map((each) => each.name)).toEqual([
      'third',
      'second',
      'Base on sums test',
    ]);
  });
});

describe('a row that cannot be asked', () => {
  it('is an error with its reason, never a wrong answer', async () => {
    const odd = { ...numberRow(3), question: 'What is <end_of_turn> worth?' };
    const long = { ...numberRow(4), question: `What is 4 + 4? ${'word '.repeat(500)}` };
    const { inference, seen } = fakeInference({ answer: (prompt) => strict(String(sum(prompt))) });
    const { evals } = lab({ inference, rows: [numberRow(1), odd, long], model: { contextLength: 2000 } });
    const { id } = await evals.start({ ...start, maxTokens: 900 }, context);
    const done = await evals.wait({ id }, context);
    expect(done).toMatchObject({
      state: 'done',
      done: 3,
      accuracy: { count: 1, n: 1 },
      format: { count: 1, n: 1 },
    });
    expect(seen.opened).toEqual([1668]);
    const errors = await evals.completions({ id, verdict: 'error', offset: 0, limit: 9 }, context);
    const reasons = await Promise.all(
      errors.completions.map(
        async ({ index }) => (await evals.completion({ id, index }, context)).result.error?.message,
      ),
    );
    expect(reasons[0]).toMatch(/holds "<end_of_turn>"/);
    expect(reasons[1]).toMatch(/The prompt has \d+ tokens; Base holds 2000 with the answer\./);
  });

  it('gets a larger context first, as far as the model goes', async () => {
    const long = { ...numberRow(4), question: `What is 4 + 4? ${'word '.repeat(300)}` };
    const { inference, seen } = fakeInference({ answer: (prompt) => strict(String(sum(prompt))) });
    const { evals } = lab({ inference, rows: [numberRow(1), long, numberRow(2)] });
    const { id } = await evals.start({ ...start, maxTokens: 400 }, context);
    expect(await evals.wait({ id }, context)).toMatchObject({ accuracy: { count: 3, n: 3 } });
    expect(seen.opened).toHaveLength(2);
    expect(seen.opened[1]).toBeGreaterThan(seen.opened[0]!);
    expect(seen.closed).toBe(2);
  });
});

describe('when something dies', () => {
  it('tries the same row once more with a new process', async () => {
    let deaths = 0;
    const { inference, seen } = fakeInference({
      answer: (prompt, n) => {
        if (n === 3 && deaths++ === 0) throw crash();
        return strict(String(sum(prompt)));
      },
    });
    const of = lab({ inference });
    const { id } = await of.evals.start(start, context);
    expect(await of.evals.wait({ id }, context)).toMatchObject({
      state: 'done',
      accuracy: { count: 8, n: 8 },
    });
    expect(seen.opened).toHaveLength(2);
    expect(seen.prompts[4]).toBe(seen.prompts[3]);
    expect(stored(of)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('fails with the reason when it dies again, keeps what it has, and goes on when told to', async () => {
    let broken = true;
    const { inference, seen } = fakeInference({
      answer: (prompt) => {
        if (broken && sum(prompt) === 10) throw crash();
        return strict(String(sum(prompt)));
      },
    });
    const of = lab({ inference });
    const { id } = await of.evals.start(start, context);
    expect(await of.evals.wait({ id }, context)).toMatchObject({
      state: 'failed',
      error: expect.stringMatching(/^The inference process died \(SIGKILL\)/),
      done: 4,
    });
    broken = false;
    const asked = seen.prompts.length;
    expect(await of.evals.resume({ id }, context)).toMatchObject({ state: 'running', error: null });
    expect(await of.evals.wait({ id }, context)).toMatchObject({
      state: 'done',
      done: 8,
      accuracy: { count: 8 },
    });
    expect(seen.prompts.length - asked).toBe(4);
  });

  it('goes on in the next core where this one stopped: nothing is lost, nothing asked twice', async () => {
    const folder = tempFolder();
    const stop = Promise.withResolvers<void>();
    const first = fakeInference({
      answer: async (prompt, n) => {
        if (n === 3) {
          stop.resolve();
          await new Promise(() => {}); // the core goes away in the middle of it
        }
        return strict(String(sum(prompt)));
      },
    });
    const one = openEvalLab({ inference: first.inference, folder });
    const { id } = await one.evals.start(start, context);
    await stop.promise;
    one.catalog.close(); // as kill -9 leaves it: no word of farewell
    const second = fakeInference({ answer: (prompt) => strict(String(sum(prompt))) });
    const next = lab({ inference: second.inference, folder });
    // Nobody works on it until somebody says so.
    expect(await next.evals.get({ id }, context)).toMatchObject({ state: 'paused', done: 3 });
    next.evals.resumeInterrupted();
    expect(await next.evals.wait({ id }, context)).toMatchObject({
      state: 'done',
      done: 8,
      accuracy: { count: 8 },
    });
    expect(second.seen.prompts).toHaveLength(5);
  });

  it('waits for the next core when this one closes in an orderly way', async () => {
    const folder = tempFolder();
    const reached = Promise.withResolvers<void>();
    const { inference } = fakeInference({
      answer: async (prompt, n) => {
        if (n === 2) {
          reached.resolve();
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        return strict(String(sum(prompt)));
      },
    });
    const one = openEvalLab({ inference, folder });
    const { id } = await one.evals.start(start, context);
    const waiting = expect(one.evals.wait({ id }, context)).rejects.toMatchObject({ code: 'cancelled' });
    await reached.promise;
    await one.evals.close();
    await waiting;
    expect(await one.evals.get({ id }, context)).toMatchObject({ state: 'paused', done: 2 });
    one.catalog.close();
    const next = lab({ inference: fakeInference({ answer: () => strict('1') }).inference, folder });
    next.evals.resumeInterrupted();
    expect(await next.evals.wait({ id }, context)).toMatchObject({ state: 'done', done: 8 });
  });

  it('does not go on with another suite than it began with', async () => {
    const folder = tempFolder();
    const { inference } = fakeInference({
      answer: () => {
        throw new CoreError('damaged', 'no');
      },
    });
    const one = openEvalLab({ inference, folder });
    const { id } = await one.evals.start(start, context);
    expect(await one.evals.wait({ id }, context)).toMatchObject({ state: 'failed', error: 'no' });
    await one.close();
    const next = lab({ inference, folder, suiteHash: 'another' });
    await next.evals.resume({ id }, context);
    expect(await next.evals.wait({ id }, context)).toMatchObject({
      state: 'failed',
      error: expect.stringMatching(/suite "think-first@2" has changed since "Base on sums test" began/),
    });
  });

  it('survives the real worker being killed in the middle', async () => {
    const path = join(tempFolder(), 'model.gguf');
    await writeModelGguf(path, small, baseTensors(small));
    const host = createWorkerHost();
    const inference = createInference(host);
    const of = lab({
      inference,
      model: { ggufPath: path, ggufSha256: sha256(readFileSync(path)), contextLength: 512 },
    });
    const { id } = await of.evals.start({ ...start, maxTokens: 40 }, context);
    while (stored(of).length < 2) await new Promise((resolve) => setTimeout(resolve, 2));
    if (host.pid) process.kill(host.pid, 'SIGKILL');
    const done = await of.evals.wait({ id }, context);
    expect(done).toMatchObject({
      state: 'done',
      done: 8,
      error: null,
      truncated: { count: 8, n: 8 },
      meanTokens: 40,
    });
    await inference.close();
  });
});

describe('what cannot be started', () => {
  it('is refused with the argument that is at fault; nothing is stored', async () => {
    const { inference } = fakeInference({ answer: () => '' });
    const of = lab({ inference, model: { contextLength: 100 } });
    await expect(of.evals.start({ ...start, maxTokens: 100 }, context)).rejects.toThrow(
      /^maxTokens: Base holds 100 tokens/,
    );
    await expect(of.evals.start({ ...start, maxTokens: 9, template: 'none@9' }, context)).rejects.toThrow(
      /none@9/,
    );
    const empty = lab({ inference, rows: [] });
    await expect(empty.evals.start(start, context)).rejects.toThrow(/^sourceId: "sums:test" holds no rows/);
    expect(await of.evals.list({}, context)).toEqual([]);
    expect(() => of.evals.get({ id: 'x' }, context)).toThrow(/There is no evaluation "x"/);
  });
});

describe('a full disk', () => {
  it('fails the evaluation with its sentence, holds up no other, and lets it go on when there is room', async () => {
    const { inference } = fakeInference({ answer: (prompt) => strict(String(sum(prompt))) });
    const { evals, catalog } = lab({ inference });
    const write = catalog.run;
    catalog.run = (statement) => {
      if (/completions|UPDATE evaluations/.test(statement.text))
        throw new CoreError('disk', 'Writing to the catalog stopped: the disk is full.');
      return write(statement);
    };
    const { id } = await evals.start(start, context);
    expect(await evals.wait({ id }, context)).toMatchObject({
      state: 'failed',
      error: 'Writing to the catalog stopped: the disk is full.',
      done: 0,
    });
    expect(() => evals.resume({ id }, context)).toThrow(/disk is full/);
    catalog.run = write;
    evals.resume({ id }, context);
    expect(await evals.wait({ id }, context)).toMatchObject({ state: 'done', done: 8, error: null });
  });
});
