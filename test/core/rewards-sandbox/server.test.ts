// The reward server with a sandbox, as a trainer starts it: answers that are code, in Deno and in Node, and golds of a real data set.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rewardServerCommand } from '../../../core/suites/reward-server-command.ts';
import { mbppGolds } from '../../fixtures/mbpp.ts';
import { killRewardProcesses, startRewardProcess as start } from '../../fixtures/reward-process.ts';
import { buildRewardBundle, sandboxExecutor } from '../../fixtures/sandbox.ts';
import { withoutSharedData } from '../../fixtures/shared-data.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { row, strict } from '../rewards/rows.ts';

afterAll(killRewardProcesses);

let bundle = '';
beforeAll(() => {
  bundle = buildRewardBundle(tempFolder());
});

const codeSuite = {
  ...{ name: 'only-code', version: 1, structure: 'four-step@1' },
  parts: [{ id: 'answer', fn: 'answer', weight: 1 }],
};
const codeRow = row({
  ...{ id: 'code:1', question: 'Write f that adds one.', answer: null, answerRaw: '', domain: 'coding' },
  answerType: 'code',
  verifier: { tests: ['assert f(1) == 2', 'assert f(4) == 5'], imports: [], setup: '' },
});
const programs = {
  right: 'def f(x):\n    return x + 1',
  half: 'def f(x):\n    return 2',
  wrong: 'def f(x):\n    return x',
  broken: 'def f(x) return',
  lying: 'class A:\n    def __eq__(self, other):\n        return True\ndef f(x):\n    return A()',
};
const items = Object.values(programs).map((code) => ({ row: codeRow, completion: strict(code) }));

describe('code rows', () => {
  it('get the same lines from Deno and from Node, which is allowed nothing but to start the sandbox', async () => {
    const command = rewardServerCommand(bundle);
    const at = command.indexOf(bundle);
    const servers = [start(command), start([process.execPath, ...command.slice(at)])];
    const answers: string[] = [];
    for (const server of servers) {
      await server.ask({ op: 'load', suite: codeSuite });
      answers.push((await server.ask({ op: 'score', id: 1, items })).answer);
      expect(await server.end()).toBe(0);
    }
    const { results } = JSON.parse(answers[0]!);
    expect(results.map((each: { verdict: string }) => each.verdict)).toEqual([
      ...['correct', 'wrong', 'wrong', 'wrong', 'wrong'],
    ]);
    expect(results[0].total).toBe(1);
    expect(results[1].total).toBeGreaterThan(0);
    expect(results[1].total).toBeLessThanOrEqual(0.5);
    expect(results.slice(2).map((each: { total: number }) => each.total)).toEqual([0, 0, 0]);
    expect(answers[1]).toBe(answers[0]);
  });

  it('are errors, never scores, for a server without a sandbox or with one that cannot start', async () => {
    const command = rewardServerCommand(bundle);
    const bare = start(
      command.slice(0, command.indexOf(bundle) + 1).filter((word) => !word.startsWith('--allow-run')),
    );
    await bare.ask({ op: 'load', suite: codeSuite });
    const { results } = JSON.parse((await bare.ask({ op: 'score', id: 1, items: items.slice(0, 1) })).answer);
    expect(results).toMatchObject([{ verdict: 'error', total: null }]);
    expect(await bare.end()).toBe(0);
    const lost = start(
      command
        .map((word, i) => (i === command.length - 2 ? '/no/such/pyodide' : word))
        .slice(0, -1)
        .concat(tempFolder()),
    );
    await lost.ask({ op: 'load', suite: codeSuite });
    const refused = JSON.parse((await lost.ask({ op: 'score', id: 2, items: items.slice(0, 1) })).answer);
    expect(refused).toMatchObject({ id: 2, error: { code: 'no-sandbox' } });
    expect(JSON.parse((await lost.ask({ op: 'ping' })).answer).ok).toBe(true);
    expect(await lost.end()).toBe(0);
  });

  it('that take long are announced, so that whoever waits can tell work from silence', async () => {
    const server = start(rewardServerCommand(bundle));
    await server.ask({ op: 'load', suite: codeSuite });
    const loop = [{ row: codeRow, completion: strict('def f(x):\n    while True: pass') }];
    const { answer, beats } = await server.ask({ op: 'score', id: 1, items: loop });
    expect(JSON.parse(answer).results).toMatchObject([{ verdict: 'wrong', total: 0 }]);
    expect(beats).toBeGreaterThan(0);
    expect(await server.end()).toBe(0);
  });
});

describe('MBPP', () => {
  const full = mbppGolds('full');
  // A class and set-up code that uses it (367), a function named sum (126), sys in the tests (596), a module in the tests (82)
  const odd = [
    'full 367',
    'full 126',
    'full 596',
    'full 601',
    'full 533',
    'full 737',
    'sanitized 82',
    'sanitized 111',
  ];

  it.skipIf(full === null)(
    `golds pass their own tests (${full ? 'a sample' : withoutSharedData})`,
    async () => {
      const all = [...full!, ...mbppGolds('sanitized')!];
      const sample = all.filter(({ id }, i) => odd.includes(id) || i % 100 === 7);
      expect(sample.length).toBeGreaterThan(18);
      const executor = sandboxExecutor(bundle, { spares: 0, limits: { timeMs: 60_000 } });
      const reports = await executor.run(sample);
      await executor.close();
      const failing = reports.flatMap((report, i) =>
        report.outcome === 'passed' ? [] : [[sample[i]!.id, report.outcome, report.failing]],
      );
      expect(failing).toEqual([]);
    },
  );
});
