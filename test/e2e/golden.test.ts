// The golden file of the rewards in the Chromium of the real window: what Node computed for thousands of completions, to the last digit.
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bySuite, goldenLines, requestsFor } from '../fixtures/rewards/golden.ts';
import { type Launched, launch } from './launch.ts';

let launched: Launched;
beforeAll(async () => {
  launched = await launch();
});
afterAll(async () => {
  await launched?.close();
});

/** The rewards for a page, as small as the window's own build makes them: a script that defines `rewards`. */
async function bundleForPage(): Promise<string> {
  const input = join(import.meta.dirname, '../fixtures/rewards/in-page.ts');
  const build = await rolldown({ input, platform: 'browser' });
  const { output } = await build.generate({ format: 'iife', name: 'rewards', minify: true });
  await build.close();
  return output[0].code;
}

type InPage = { rewards: typeof import('../fixtures/rewards/in-page.ts') };

it('holds in the window', async () => {
  const { page } = launched;
  await page.evaluate(`${await bundleForPage()}; globalThis.rewards = rewards; undefined`);
  let asked = 0;
  for (const lines of bySuite(goldenLines())) {
    const runs = lines.flatMap(({ ran }) => ran ?? []);
    const [load, score] = requestsFor(lines);
    const answer = await page.evaluate(
      (given) => (globalThis as unknown as InPage).rewards.answer(...given),
      [load, score, runs] as const,
    );
    const { results } = JSON.parse(answer);
    const differing = lines.filter(({ result }, i) => JSON.stringify(results[i]) !== JSON.stringify(result));
    expect(differing.slice(0, 3)).toEqual([]);
    asked += lines.length;
  }
  expect(asked).toBeGreaterThanOrEqual(2000);
});
