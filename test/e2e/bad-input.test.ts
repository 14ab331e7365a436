// Bad input in the window: a sentence says what is wrong and what to do, and the lab stays as it was.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Launched, launch } from './launch.ts';
import { choose, expectAccessible, open, ready } from './page-steps.ts';

let launched: Launched;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'forethought-bad-'));
  launched = await launch();
  await ready(launched.page);
});
afterAll(async () => {
  await launched?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A test that failed may have left a dialog open; the next one starts without. */
afterEach(async () => {
  for (let i = 0; i < 3 && (await launched.page.getByRole('dialog').count()) > 0; i += 1)
    await launched.page.keyboard.press('Escape');
});

const file = (name: string, content: string | Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

/** What the lab holds, in the words of its screens. */
async function holdings(): Promise<string[]> {
  const titles: string[] = [];
  for (const screen of ['data', 'models']) {
    await open(launched.page, screen);
    const head = launched.page.locator('h1#screen-title', { hasText: /\d/ });
    titles.push((await head.textContent()) ?? '');
  }
  return titles;
}

async function expectRefused(what: string, sentence: RegExp): Promise<void> {
  const alert = launched.page.getByRole('dialog').getByRole('alert');
  await alert.waitFor({ timeout: 120_000 });
  const words = (await alert.textContent()) ?? '';
  expect(words).toContain(what);
  expect(words).toMatch(sentence);
  expect(words).not.toMatch(/Something inside Forethought failed/);
  await launched.page.keyboard.press('Escape');
  await launched.page.getByRole('dialog').waitFor({ state: 'detached' });
}

describe('an import', () => {
  const attempt = async (path: string, reader: string) => {
    const { page } = launched;
    await page.keyboard.press('i');
    await page.getByRole('textbox', { name: 'From' }).fill(path);
    await choose(page, 'Reader', new RegExp(`^${reader}`));
    await page.getByRole('textbox', { name: 'Split' }).fill('train');
    await page.getByRole('button', { name: 'Import', exact: true }).click();
  };

  it.each([
    ['a missing file', () => join(folder, 'nowhere.jsonl'), 'gsm8k', /nowhere\.jsonl/],
    [
      'a binary file',
      () => file('noise.jsonl', Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 37) % 256))),
      'gsm8k',
      /noise\.jsonl/,
    ],
    [
      'lines of another schema only',
      () => file('other.jsonl', '{"title":"x","body":"y"}\n'),
      'gsm8k',
      /other\.jsonl/,
    ],
  ] as const)('of %s is refused in words and changes nothing', async (_, make, reader, sentence) => {
    const before = await holdings();
    await attempt(make(), reader);
    await expectRefused('Nothing was imported', sentence);
    expect(await holdings()).toEqual(before);
  });

  it('cannot be started before it is said what to import', async () => {
    const { page } = launched;
    await page.keyboard.press('i');
    const button = page.getByRole('button', { name: 'Import', exact: true });
    await button.waitFor();
    expect(await button.getAttribute('aria-disabled')).toBe('true');
    await button.hover();
    await page.getByText('Say where the questions are first.').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });
});

describe('a setting', () => {
  it('that is no number is refused next to its field, and the finding leads there', async () => {
    const { page } = launched;
    await open(page, 'train/new');
    const view = (name: string) => page.getByRole('button', { name, exact: true }).click();
    await page.getByRole('radio', { name: /^Think first, on the embedded model/ }).click();
    await view('Every setting');
    const field = page.getByRole('textbox', { name: 'Answers to each' });
    await field.fill('many');
    const sentence = '“Answers to each” must be a number, but is "many".';
    const words = page.locator(`[id="${await field.getAttribute('aria-describedby')}"]`);
    await words.getByText('stops it').waitFor();
    expect(await words.textContent()).toContain(sentence);
    expect(await field.getAttribute('aria-invalid')).toBe('true');

    await view('In short');
    const found = page.getByRole('list', { name: 'What the check found' });
    await found.getByRole('button', { name: 'Training · Answers to each' }).click();
    await expect.poll(() => field.evaluate((input) => input === document.activeElement)).toBe(true);

    await field.fill('3');
    await found.getByText(sentence).waitFor({ state: 'detached' });
    // Each block once, however often the form was drawn.
    expect(await page.locator('[data-field="training"]').count()).toBe(1);
    await expectAccessible(page, 'every setting');
  });

  it('that needs a choice which the preset has not leads to a field for it', async () => {
    const { page } = launched;
    await open(page, 'train/new');
    await page.getByRole('radio', { name: /^Distil/ }).click();
    await page.getByRole('button', { name: 'Every setting', exact: true }).click();
    expect(await page.getByRole('combobox', { name: 'Reward suite' }).count()).toBe(0);
    await page.getByRole('checkbox', { name: 'Held-out questions', exact: true }).click();
    await page
      .getByRole('list', { name: 'What the check found' })
      .getByRole('button', { name: 'Reward suite' })
      .click();
    const suite = page.getByRole('combobox', { name: 'Reward suite' });
    await expect.poll(() => suite.evaluate((input) => input === document.activeElement)).toBe(true);
  });
});

describe('a model', () => {
  it.each([
    [
      'a truncated GGUF file',
      () => file('cut.gguf', Buffer.from('GGUF\x03\0\0\0\x01\0\0\0', 'latin1')),
      /cut\.gguf/,
    ],
    ['a text file', () => file('poem.gguf', 'roses are red\n'), /poem\.gguf/],
    ['a missing file', () => join(folder, 'nowhere.gguf'), /nowhere\.gguf/],
  ] as const)('from %s is refused in words and changes nothing', async (_, make, sentence) => {
    const { page } = launched;
    const before = await holdings();
    await page.keyboard.press('b');
    await page.getByRole('textbox', { name: 'Model' }).fill(make());
    await page.getByRole('button', { name: 'Add the model' }).click();
    await expectRefused('The model was not added', sentence);
    expect(await holdings()).toEqual(before);
  });
});

describe('an adapter', () => {
  it('that is an empty folder is refused in words and changes nothing', async () => {
    const { page } = launched;
    const empty = join(folder, 'adapter');
    mkdirSync(empty);
    const before = await holdings();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Find anything' }).fill('Bring in an adapter');
    await page.keyboard.press('Enter');
    await page.getByRole('textbox', { name: 'Folder' }).fill(empty);
    await page.getByRole('button', { name: 'Bring it in' }).click();
    await expectRefused('The adapter was not brought in', /There is no adapter_config\.json/);
    expect(await holdings()).toEqual(before);
  });
});
