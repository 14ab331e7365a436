// The whole loop, driven in the real window as a person would: import, launch, curve moves, adapter arrives, evaluate, compare.
// Saves a picture of every screen in light and dark. Needs the embedded model and the trainer's Python.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rootFolder } from '../../resources/setup/paths.mjs';
import { type Launched, launch } from './launch.ts';
import {
  addModel,
  choose,
  eventually,
  expectAccessible,
  importRows,
  open,
  ready,
  settle,
  title,
} from './page-steps.ts';

const tiny = join(rootFolder, 'resources', 'models', 'tiny');
const hasTiny = existsSync(join(tiny, 'model.safetensors'));
const STEPS = 8;
const QUESTIONS = 24;
const MINUTES = 60_000;

const gsm8k = [
  { question: 'Ana has 14 apples and gives 5 away. How many are left?', answer: '14 - 5 = 9\n#### 9' },
  { question: 'A pen costs $3. What do 1,200 pens cost?', answer: '3 * 1200 = 3600\n#### 3,600' },
  { question: 'This one lost its answer.', answer: 'Nobody knows.' },
  { question: 'Tom walks 4 km a day. How far in a week?', answer: '4 * 7 = 28\n#### 28' },
];

let launched: Launched;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'forethought-loop-'));
  launched = await launch();
  await ready(launched.page);
});
afterAll(async () => {
  await launched?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A picture of what is shown, in both themes, with no serious accessibility finding in either. */
async function picture(name: string): Promise<void> {
  const { page, shot } = launched;
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await settle(page);
    await shot(`${name}-${theme}`);
    await expectAccessible(page, `${name}, ${theme}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

describe.skipIf(!hasTiny)('the loop in the window', () => {
  it('imports questions, counts the line that has no answer, and shows the rows', async () => {
    const { page } = launched;
    const path = join(folder, 'questions.jsonl');
    writeFileSync(path, gsm8k.map((line) => `${JSON.stringify(line)}\n`).join(''));
    await open(page, 'home');
    await importRows(page, path, 'gsm8k', 'train');
    const report = page.getByRole('dialog').getByRole('status');
    expect(await report.textContent()).toMatch(/3 rows.*1 line refused.*line 3.*####/s);
    await page.getByRole('button', { name: 'Browse the rows' }).click();
    await eventually(() => page.getByRole('grid', { name: 'Rows' }).getAttribute('aria-rowcount')).toBe('4');
    await page.keyboard.press('/');
    await page.keyboard.type('pens');
    await eventually(() => page.getByRole('grid', { name: 'Rows' }).getAttribute('aria-rowcount')).toBe('2');
    await page.keyboard.press('Escape');
    await eventually(() => page.getByRole('grid', { name: 'Rows' }).getAttribute('aria-rowcount')).toBe('4');
    await page.getByRole('grid', { name: 'Rows' }).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const pane = page.getByRole('complementary', { name: 'The row' });
    await pane.getByText('A pen costs $3. What do 1,200 pens cost?').first().waitFor();
    await pane.getByText('<start_of_turn>user').waitFor();
    expect(await pane.textContent()).toContain('3600');
  });

  it('has the embedded model and its pools', async () => {
    const { page } = launched;
    await open(page, 'models');
    await eventually(() => title(page)).toMatch(/\d/);
    if ((await page.getByRole('navigation', { name: 'Models' }).getByText('gemma2').count()) === 0)
      await addModel(page, tiny);
    for (const split of ['train', 'held-out']) {
      await open(page, 'data');
      const sources = page.getByRole('navigation', { name: 'Narrow the rows' });
      await sources.getByText('gsm8k').waitFor();
      if ((await sources.getByRole('button', { name: new RegExp(`tiny-tasks.*${split}`) }).count()) > 0)
        continue;
      await importRows(page, join(tiny, 'tasks', `${split}.jsonl`), 'rows', split);
      await page.getByRole('button', { name: 'Browse the rows' }).click();
    }
    await open(page, 'data');
    await page.getByRole('grid', { name: 'Rows' }).focus();
    await page.keyboard.press('ArrowDown');
    await page.getByRole('complementary', { name: 'The row' }).waitFor();
    await picture('data');
  });

  it('launches a run, and its curve moves', { timeout: 20 * MINUTES }, async () => {
    const { page } = launched;
    await page.keyboard.press('t');
    await eventually(() => title(page)).toBe('What shall it learn next?');
    await page.getByRole('textbox', { name: 'Steps' }).fill(String(STEPS));
    await page.getByRole('textbox', { name: 'Seed' }).fill('3');
    await page.getByText(`${STEPS * 16} completions are written and rewarded`).waitFor();
    await picture('launch');
    await page.getByRole('button', { name: 'Start the run' }).click();
    await eventually(() => title(page)).toMatch(/seed 3$/);
    const curve = page.getByText(/\d+ points?; last values: total/);
    const points = async () => Number.parseInt((await curve.textContent()) ?? '0', 10);
    await curve.waitFor({ state: 'attached', timeout: 10 * MINUTES });
    const first = await points();
    await expect.poll(points, { timeout: 10 * MINUTES, interval: 500 }).toBeGreaterThan(first);
    await picture('run');
    await open(page, 'home');
    await picture('home-running');
  });

  it('gets the adapter home with every check passed', { timeout: 20 * MINUTES }, async () => {
    const { page } = launched;
    await open(page, 'train');
    await page.getByRole('button', { name: /seed 3$/ }).click();
    const openAdapter = page.getByRole('button', { name: 'Open the adapter' });
    await openAdapter.waitFor({ timeout: 15 * MINUTES });
    await page.getByRole('tab', { name: /^Rollouts/ }).click();
    await page.getByText('What it earned').waitFor();
    await picture('rollouts');
    await openAdapter.click();
    await page.getByText('7 of 7 checks passed').waitFor({ timeout: 5 * MINUTES });
    await picture('models');
  });

  it('evaluates base and adapter on the same held-out questions', { timeout: 20 * MINUTES }, async () => {
    const { page } = launched;
    for (const which of ['base', 'adapter'] as const) {
      await page
        .getByRole('button', { name: /^Evaluate/ })
        .first()
        .waitFor();
      if (which === 'adapter') await page.getByRole('button', { name: 'Evaluate', exact: true }).click();
      else await page.keyboard.press('e');
      await page.getByRole('dialog', { name: 'How well does it answer?' }).waitFor();
      if (which === 'base') await choose(page, 'Base model', /gemma/i);
      await choose(page, 'Questions', /tiny-tasks · held-out/);
      await page.getByRole('textbox', { name: 'How many' }).fill(String(QUESTIONS));
      await page.getByRole('button', { name: `Ask ${QUESTIONS} questions` }).click();
      await page.getByText(`${QUESTIONS} of ${QUESTIONS} questions`).waitFor({ timeout: 10 * MINUTES });
      await page.getByText('done', { exact: true }).waitFor();
      if (which === 'base') {
        await open(page, 'models');
        await page
          .getByRole('navigation', { name: 'Models' })
          .getByRole('button', { name: /step 8/ })
          .click();
      }
    }
    await page.getByRole('grid', { name: 'Completions' }).waitFor();
    await page.getByText('How it was read').waitFor();
    await picture('evaluation');
    await open(page, 'evaluate');
    await picture('evaluate');
  });

  it('compares the two, row by row', async () => {
    const { page } = launched;
    const ticks = page.getByRole('table', { name: /tiny-tasks · held-out/ }).getByRole('checkbox');
    const count = await ticks.count();
    await ticks.nth(count - 2).click();
    await ticks.nth(count - 1).click();
    await page.keyboard.press('c');
    await page.getByText(/^exact McNemar p/).waitFor({ timeout: MINUTES });
    const rows = page.getByRole('grid', { name: 'Rows of the comparison' });
    await eventually(() => rows.getAttribute('aria-rowcount')).toBe(String(QUESTIONS));
    await page.getByText(`row 1 of ${QUESTIONS}`).waitFor();
    await page.keyboard.press('j');
    await page.getByText(`row 2 of ${QUESTIONS}`).waitFor();
    await picture('compare');
    await page.getByRole('tab', { name: /By domain/ }).click();
    await page.getByRole('table', { name: 'By domain' }).waitFor();
    await picture('compare-domains');
    await open(page, 'train');
    await picture('train');
    await open(page, 'home');
    await picture('home');
  });
});
