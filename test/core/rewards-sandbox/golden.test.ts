// The golden file: what every shipped suite makes of thousands of completions, made by Node, holds in Node and in Deno to the last
// digit. Chromium is asked in test/e2e/golden.test.ts, the trainer's Python client in resources/trainer/tests/test_golden.py.
import { afterAll, describe, expect, it } from 'vitest';
import { answerTypes } from '../../../core/rewards/domains.ts';
import { createProtocol } from '../../../core/rewards/protocol.ts';
import { shippedSuites, suiteKey } from '../../../core/rewards/suites/shipped.ts';
import { rewardServerCommand } from '../../../core/suites/reward-server-command.ts';
import { killRewardProcesses, startRewardProcess } from '../../fixtures/reward-process.ts';
import { bySuite, type GoldenLine, goldenLines, requestsFor } from '../../fixtures/rewards/golden.ts';
import { goldenSuites } from '../../fixtures/rewards/golden-items.ts';
import { replaying } from '../../fixtures/rewards/replaying.ts';
import { buildRewardBundle } from '../../fixtures/sandbox.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

afterAll(killRewardProcesses);

const remake = 'If the rewards are meant to differ: npm run golden:rewards';
const lines = goldenLines();

/** What differs between the file and the answers to the requests of its suites, in the order of the file. */
async function differences(ask: (request: string) => Promise<string>) {
  const found: { item: GoldenLine['item']; is: unknown; was: unknown }[] = [];
  for (const ofSuite of bySuite(lines)) {
    const [load, score] = requestsFor(ofSuite);
    expect(JSON.parse(await ask(load))).toMatchObject({ ok: true });
    const { results } = JSON.parse(await ask(score));
    expect(results).toHaveLength(ofSuite.length);
    for (const [i, { item, result }] of ofSuite.entries())
      if (JSON.stringify(results[i]) !== JSON.stringify(result))
        found.push({ item, is: results[i], was: result });
  }
  return found.slice(0, 3);
}

describe('the golden file', () => {
  it('has every suite, every kind of answer, every verdict and every part', () => {
    expect(lines.length).toBeGreaterThanOrEqual(2000);
    const suites = bySuite(lines).map(([line]) => line!.suite);
    expect(suites.slice(0, -1)).toEqual(shippedSuites.map(suiteKey));
    const kinds = new Set(lines.map(({ item }) => item.row.answerType));
    expect([...kinds].sort()).toEqual([...answerTypes].sort());
    for (const ofSuite of bySuite(lines))
      for (const part of Object.keys(ofSuite[0]!.result.parts)) {
        const scores = new Set(ofSuite.map(({ result }) => result.parts[part]));
        expect(scores.size, `${part} tells nothing apart`).toBeGreaterThan(1);
      }
  });

  it('is of the completions that its maker has now', () => {
    const made = goldenSuites().flatMap(({ suite, items }) => items.map((item) => ({ suite, item })));
    const kept = lines.map(({ suite, item }) => ({ suite, item }));
    expect(JSON.stringify(kept) === JSON.stringify(made), remake).toBe(true);
  });
});

describe('the golden file is reproduced', () => {
  it('by the source', async () => {
    const executor = replaying(lines.flatMap(({ ran }) => ran ?? []));
    expect(await differences(createProtocol({ codeSha256: '', executor })), remake).toEqual([]);
  });

  it.each(['Deno', 'Node'])(
    'by the bundle in %s, which runs the code',
    { timeout: 600_000 },
    async (runtime) => {
      const bundle = buildRewardBundle(tempFolder());
      const command = rewardServerCommand(bundle);
      const inNode = [process.execPath, ...command.slice(command.indexOf(bundle))];
      const server = startRewardProcess(runtime === 'Deno' ? command : inNode);
      expect(await differences(async (line) => (await server.ask(line)).answer), remake).toEqual([]);
      expect(await server.end()).toBe(0);
    },
  );
});
