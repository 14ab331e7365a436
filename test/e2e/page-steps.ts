// What the end-to-end tests do in the window again and again, in a person's words: go, press, wait, read.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { rootFolder } from '../../resources/setup/paths.mjs';

export const tinyModel = join(rootFolder, 'resources', 'models', 'tiny');

export const screens = ['home', 'data', 'rewards', 'train', 'models', 'evaluate', 'compare'] as const;
export type ScreenName = (typeof screens)[number];

/** Polls with the patience that a busy machine needs. */
export const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 60_000, interval: 50 });

/** Opens a place by its address and waits until its title stands. */
export async function open(page: Page, place: string): Promise<void> {
  await page.evaluate((hash) => {
    window.location.hash = hash;
  }, `#/${place}`);
  await page.locator('h1#screen-title').waitFor();
}

export const title = async (page: Page): Promise<string> =>
  (await page.locator('h1#screen-title').textContent()) ?? '';

/** The window is there, its core answers, and Home shows the lab. */
export async function ready(page: Page): Promise<void> {
  await page.getByRole('navigation', { name: 'Screens' }).waitFor({ timeout: 180_000 });
  await page.getByText(/^saved |^core ready$/).waitFor({ timeout: 180_000 });
}

/** Chooses an option of a select by its label. */
export async function choose(page: Page, label: string, option: string | RegExp): Promise<void> {
  await page.getByRole('combobox', { name: label }).click();
  await page.getByRole('option', { name: option }).filter({ visible: true }).first().click();
}

const MINUTES = 60_000;

/** Imports a file and leaves the report of what came in open. */
export async function importRows(page: Page, path: string, reader: string, split: string): Promise<void> {
  await page.keyboard.press('i');
  await page.getByRole('textbox', { name: 'From' }).fill(path);
  await choose(page, 'Reader', new RegExp(`^${reader}`));
  await page.getByRole('textbox', { name: 'Split' }).fill(split);
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await page.getByRole('dialog', { name: 'What came in?' }).waitFor({ timeout: 5 * MINUTES });
}

export async function addModel(page: Page, path: string): Promise<void> {
  await page.keyboard.press('b');
  await page.getByRole('textbox', { name: 'Model' }).fill(path);
  await page.getByRole('button', { name: 'Add the model' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached', timeout: 5 * MINUTES });
}

/** Brings the embedded model and its questions into an empty lab, and starts a run of so many steps on them; its page is left open. */
export async function startTinyRun(page: Page, steps: number): Promise<void> {
  await ready(page);
  await addModel(page, tinyModel);
  await importRows(page, join(tinyModel, 'tasks', 'train.jsonl'), 'rows', 'train');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await open(page, 'train/new');
  await page.getByRole('textbox', { name: 'Steps' }).fill(String(steps));
  await page.getByRole('button', { name: 'Start the run' }).click();
  await eventually(() => title(page)).toMatch(/seed 1$/);
}

/** Lets the picture come to rest: no fetch under way, fonts there. */
export async function settle(page: Page): Promise<void> {
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(400);
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  id: string;
  impact: string | null;
  help: string;
  nodes: { target: unknown[]; failureSummary?: string }[];
}

/** No serious or critical finding of axe-core on what is shown now. */
export async function expectAccessible(page: Page, where: string): Promise<void> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource);
  const violations = (await page.evaluate(
    "axe.run(document, { resultTypes: ['violations'] }).then((result) => result.violations)",
  )) as Violation[];
  const serious = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => ({
      where,
      id,
      help,
      nodes: nodes.slice(0, 4).map((node) => `${node.target.join(' ')}: ${node.failureSummary ?? ''}`),
    }));
  expect(serious).toEqual([]);
}
