// The recorded sample as whoever opens the app first meets it: nothing is promised that was not measured, and everything can be read.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Launched, launch } from './launch.ts';
import { eventually, open, ready, screens, settle } from './page-steps.ts';

let launched: Launched;
const violations: string[] = [];
beforeAll(async () => {
  launched = await launch({ sample: true });
  const { page } = launched;
  await page.exposeFunction('violated', (what: string) => violations.push(what));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, sample }) =>
      (window as unknown as { violated(what: string): void }).violated(`${violatedDirective}: ${sample}`),
    );
  });
  await page.reload();
  await ready(page);
  await open(page, 'compare');
  await page.getByText(/^exact McNemar p/).waitFor({ timeout: 180_000 });
});
afterAll(async () => {
  await launched?.close();
});

describe('a recording', () => {
  it.each(['home', 'train', 'evaluate'])('says its day and no age on %s', async (screen) => {
    const { page } = launched;
    await open(page, screen);
    await page
      .getByRole('main')
      .getByText(/recorded/)
      .first()
      .waitFor();
    expect(await page.getByRole('main').textContent()).not.toMatch(/ended .* ago/);
  });

  it('of a run opens with its newest rollout and the options of its question', async () => {
    const { page } = launched;
    await open(page, 'train');
    await page.getByRole('table', { name: 'Runs' }).getByRole('button').first().click();
    await page.getByRole('tab', { name: /^Rollouts/ }).click();
    const pane = page.getByRole('complementary', { name: 'The rollout' });
    await pane.getByText('What it earned').waitFor();
    await pane.getByText(/^samples · step \d+ of 6 · sample 1 of 1 /).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('table', { name: 'Runs' }).waitFor();
  });

  it('of a run finds rollouts by words, step and reward, and opens the one that a person came from', async () => {
    const { page } = launched;
    await open(page, 'train');
    await page.getByRole('table', { name: 'Runs' }).getByRole('button').first().click();
    await page.getByRole('table', { name: 'Exams on questions of before' }).waitFor();
    const last = page.getByRole('table', { name: 'Last rollouts' }).getByRole('row').nth(3);
    const question = await last.getByRole('cell').nth(1).textContent();
    await last.getByRole('button').click();
    const pane = page.getByRole('complementary', { name: 'The rollout' });
    await pane
      .locator('header')
      .getByText(question ?? '')
      .waitFor();
    const selected = page.getByRole('grid', { name: 'Rollouts' }).getByRole('row', { selected: true });
    await selected.getByText(question ?? '').waitFor();
    const count = page.getByText(/^[\d,]+ rollouts?$/);
    await page.getByRole('textbox', { name: /^Step/ }).fill('grpo 20');
    await eventually(() => count.textContent()).toBe('16 rollouts');
    await pane.getByText(/^grpo · step 20 of 60/).waitFor();
    await page.getByRole('button', { name: 'High reward, not right' }).click();
    await eventually(() => count.textContent()).toBe('9 rollouts');
    await page.getByRole('textbox', { name: /^Reward/ }).fill('1');
    await eventually(() => count.textContent()).toBe('1 rollout');
    await page.getByRole('searchbox').fill('words that nobody wrote');
    await page.getByRole('button', { name: 'Show all of them' }).click();
    await eventually(() => count.textContent()).toBe('2,460 rollouts');
    await page.keyboard.press('Escape');
    await page.getByRole('table', { name: 'Runs' }).waitFor();
  });

  it('of a run shows each question with two of its completions against each other, and how it fares', async () => {
    const { page } = launched;
    await open(page, 'train');
    await page.getByRole('table', { name: 'Runs' }).getByRole('button').first().click();
    await page.getByText(/^Health$/).waitFor();
    await page.getByRole('tab', { name: /^Questions/ }).click();
    const pane = page.getByRole('complementary', { name: 'The question' });
    const change = pane.getByRole('region', { name: 'What changed between the two' });
    const same = pane.getByText('Word for word the same.');
    await change.or(same).waitFor();
    // A model that is sure of itself may have said the same twice.
    for (let row = 0; row < 30 && (await same.isVisible()); row += 1) {
      await page.keyboard.press('j');
      await change.or(same).waitFor();
    }
    await change.waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('table', { name: 'Runs' }).waitFor();
  });

  it('of a program shows its stages, each alone by its own steps, from the keyboard too', async () => {
    const { page } = launched;
    await open(page, 'train');
    await page.getByRole('table', { name: 'Runs' }).getByRole('button').first().click();
    const stages = page.getByRole('group', { name: 'Stages of this run' });
    await stages.getByRole('button', { name: /^Whole run/, pressed: true }).focus();
    const points = (what: string) =>
      page
        .getByText(new RegExp(`^\\d+ points?; last values: ${what}`))
        .first()
        .textContent();
    await eventually(() => points('loss')).toMatch(/^270 points/);
    // The merge makes no steps: the arrows go over it.
    for (let right = 0; right < 4; right += 1) await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await stages.getByRole('button', { name: /^guarded/, pressed: true }).waitFor();
    await eventually(() => points('loss')).toMatch(/^130 points/);
    await page.getByText('In earlier stages').waitFor();
    await page.getByRole('button', { name: 'Open one of 3 adapters' }).click();
    await page.getByRole('menuitem', { name: /^plain-final · plain · step 80 of 80/ }).click();
    await page.getByRole('heading', { name: 'plain-final · step 80' }).waitFor();
    await page.getByText('plain · step 80 of 80').waitFor();
  });

  it('is what a new evaluation starts from', async () => {
    const { page } = launched;
    await open(page, 'evaluate');
    await page.getByRole('table').getByRole('button').first().click();
    const words =
      (await page
        .getByRole('main')
        .getByText(/^mean, limit \d+$/)
        .textContent()) ?? '';
    const asked = (await page.getByText(/^\d+ of \d+ questions/).textContent()) ?? '';
    await page.keyboard.press('e');
    const dialog = page.getByRole('dialog');
    await eventually(() => dialog.getByRole('textbox', { name: 'Token limit' }).inputValue()).toBe(
      words.replace('mean, limit ', ''),
    );
    const count = await dialog.getByRole('textbox', { name: 'How many' }).inputValue();
    expect(asked).toMatch(new RegExp(`^${count} of ${count} `));
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });
});

describe('a comparison', () => {
  const question = () => launched.page.locator('article header p').textContent();
  const placeInWords = () => launched.page.getByText(/^row \d+ of \d+$/).textContent();

  it('keeps the row in front when its sides are swapped, and is the same again when they are swapped back', async () => {
    const { page } = launched;
    await open(page, 'compare');
    await page.getByText(/^row 1 of/).waitFor();
    for (let i = 0; i < 5; i += 1) await page.keyboard.press('j');
    await page.getByText(/^row 6 of/).waitFor();
    const [before, place] = [await question(), await placeInWords()];
    await page.keyboard.press('s');
    await eventually(placeInWords).not.toBe(place);
    await eventually(question).toBe(before);
    await page.keyboard.press('s');
    await eventually(placeInWords).toBe(place);
    await eventually(question).toBe(before);
  });

  it('shows the options with the gold one marked, and never the text before it is read', async () => {
    const { page } = launched;
    await open(page, 'home');
    await page.evaluate(() => {
      const look = () => {
        // biome-ignore lint/performance/useDomNodeTextContent: what is laid out but hidden does not count
        if (document.body.innerText.includes('<reasoning>')) document.body.dataset.raw = 'seen';
        requestAnimationFrame(look);
      };
      look();
    });
    await open(page, 'compare?outcome=gained&domain=general-knowledge');
    await page.getByText(/^row 1 of/).waitFor();
    const options = page.getByRole('list', { name: 'Options' });
    await options.getByText('gold').waitFor();
    expect(await options.getByRole('listitem').count()).toBeGreaterThan(1);
    await page.getByRole('heading', { name: 'Final Synthesis' }).waitFor();
    // The README shows this picture (docs/compare.png): copy it there when the sample is recorded anew.
    await launched.shot('sample-compare');
    for (let i = 0; i < 8; i += 1) {
      await page.keyboard.press('j');
      await page.getByText(new RegExp(`^row ${i + 2} of`)).waitFor();
    }
    await settle(page);
    expect(await page.evaluate(() => document.body.dataset.raw)).toBeUndefined();
  });
});

describe('a new run', () => {
  it('says of a wrong number under its field only, and greys the plan', async () => {
    const { page } = launched;
    await open(page, 'train/new');
    const steps = page.getByRole('textbox', { name: 'Steps' });
    await page.getByText(/^960 completions/).waitFor();
    const words = page.getByText('A whole number from 1 to 100,000.');
    const notice = page.getByText(/^The value of Steps cannot be used/);
    // What was wrong once is not asked of the core when it is mended, nor told when it comes again.
    for (const text of ['0', '5', '0']) {
      await steps.fill(text);
      await eventually(() => notice.count()).toBe(text === '0' ? 1 : 0);
      await page.waitForTimeout(400);
    }
    await words.waitFor();
    await steps.blur();
    await notice.getByRole('button', { name: 'Steps' }).click();
    await eventually(() => steps.evaluate((input) => input === document.activeElement)).toBe(true);
    expect(await page.getByText(/could not be checked|needs another value/).count()).toBe(0);
    await steps.fill('5');
    await page.getByText(/^80 completions/).waitFor();
  });
});

describe('a small window', () => {
  it('keeps the filters of the rows within reach', async () => {
    const { page } = launched;
    await page.setViewportSize({ width: 960, height: 600 });
    await open(page, 'data');
    const count = page.locator('[aria-live=polite]', { hasText: /rows$/ });
    const all = await count.textContent();
    await page.getByRole('button', { name: 'Filter', exact: true }).press('Enter');
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^logic/ })
      .click();
    await eventually(() => count.textContent()).not.toBe(all);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Take off the filter logic' }).click();
    await eventually(() => count.textContent()).toBe(all);
    await page.setViewportSize({ width: 1280, height: 800 });
  });
});

describe('the policy of the page', () => {
  it('is violated by nothing that the app itself does', async () => {
    const { page } = launched;
    for (const screen of [...screens, 'train/new']) {
      await open(page, screen);
      await settle(page);
    }
    for (const key of ['i', 'e', 'b', '?', 'Control+,', 'Control+k']) {
      await page.keyboard.press(key);
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    expect(violations).toEqual([]);
  });
});
