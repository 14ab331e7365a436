// A program from the launch form with the real trainer: GRPO, merge, samples, SFT without and with a guard, in a few steps each; its adapters
// come home checked, and one of them is what the next run is trained upon.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rootFolder } from '../../resources/setup/paths.mjs';
import { type Launched, launch } from './launch.ts';
import { addModel, choose, eventually, importRows, open, ready, title } from './page-steps.ts';

const tiny = join(rootFolder, 'resources', 'models', 'tiny');
const traces = join(tiny, 'open', 'traces.jsonl');
const MINUTES = 60_000;

let launched: Launched;
beforeAll(async () => {
  launched = await launch();
  await ready(launched.page);
});
afterAll(async () => {
  await launched?.close();
});

/** The program as it ships, each stage for a step or two. */
function shortened(yaml: string): string {
  return yaml
    .replace(/\bsteps: \d+/g, 'steps: 2')
    .replace(/\beverySteps: \d+/g, 'everySteps: 2')
    .replace(/\bmaxRows: \d+/g, 'maxRows: 8')
    .replace('- tiny-tasks:train', '- tiny-tasks:train=120');
}

describe.skipIf(!existsSync(traces))('a program in the window', () => {
  it('is launched from the form', { timeout: 5 * MINUTES }, async () => {
    const { page } = launched;
    await open(page, 'models');
    await eventually(() => title(page)).toMatch(/\d/);
    if ((await page.getByRole('navigation', { name: 'Models' }).getByText('gemma2').count()) === 0)
      await addModel(page, tiny);
    for (const split of ['train', 'validation']) {
      await open(page, 'data');
      await importRows(page, join(tiny, 'tasks', `${split}.jsonl`), 'rows', split);
      await page.getByRole('button', { name: 'Browse the rows' }).click();
    }
    await page.keyboard.press('t');
    await eventually(() => title(page)).toBe('What shall it learn next?');
    await page.getByRole('radio', { name: /The whole recipe, on the embedded model/ }).click();
    const start = page.getByRole('button', { name: 'Start the run' });
    await page.getByText('Name the completions that it learns from.').waitFor();
    await page.getByRole('textbox', { name: 'Completions to learn from' }).fill(traces);
    await page.getByRole('button', { name: 'YAML', exact: true }).click();
    const yaml = page.getByRole('textbox', { name: 'The run as YAML' });
    await eventually(() => yaml.inputValue()).toMatch(/^data: [\s\S]*id: guarded/m);
    await yaml.fill(shortened(await yaml.inputValue()));
    await eventually(() => start.isEnabled()).toBe(true);
    await start.click();
    await eventually(() => title(page)).toMatch(/seed 1$/);
  });

  it('runs every stage and brings its adapters home', { timeout: 20 * MINUTES }, async () => {
    const { page } = launched;
    for (const name of ['grpo-final', 'plain-final', 'guarded-final'])
      await page
        .getByText(name)
        .first()
        .waitFor({ timeout: 15 * MINUTES });
    const several = page.getByRole('button', { name: 'Open one of 3 adapters' });
    await several.waitFor({ timeout: 5 * MINUTES });
    await several.click();
    await page.getByRole('menuitem', { name: /^guarded-final · guarded · step \d+ of \d+/ }).click();
    await page.getByText('7 of 7 checks passed').waitFor({ timeout: 5 * MINUTES });
  });

  it('offers an adapter as what the next run is trained upon', async () => {
    const { page } = launched;
    await page.keyboard.press('t');
    await eventually(() => title(page)).toBe('What shall it learn next?');
    await page.getByRole('radio', { name: /^Distil/ }).click();
    await choose(page, 'Base model', /grpo-final/);
    await page.getByRole('textbox', { name: 'Completions to learn from' }).fill('nowhere.jsonl');
    await page
      .getByText(/nowhere\.jsonl/)
      .first()
      .waitFor();
    expect(await page.getByRole('list', { name: 'Sources of questions' }).count()).toBe(0);
  });

  it('is merged into its base by a run of its own, from a preset', { timeout: 5 * MINUTES }, async () => {
    const { page } = launched;
    await page.getByRole('radio', { name: /^Merge an adapter/ }).click();
    await choose(page, 'Base model', /grpo-final/);
    const start = page.getByRole('button', { name: 'Start the run' });
    await eventually(() => start.getAttribute('aria-disabled')).toBeNull();
    await start.click();
    await eventually(() => title(page)).toMatch(/^Merge of .* grpo-final/);
    await page.getByRole('cell', { name: 'merged model' }).waitFor({ timeout: 3 * MINUTES });
  });
});
