// Rewards in the real window, on the recorded sample: what a completion earns, a suite written and saved, two suites on a set,
// and where cheating pays. Takes its pictures in both themes.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Launched, launch } from './launch.ts';
import { choose, eventually, expectAccessible, open, ready, settle } from './page-steps.ts';

let launched: Launched;
beforeAll(async () => {
  launched = await launch({ sample: true });
  await ready(launched.page);
});
afterAll(async () => {
  await launched?.close();
});

const main = () => launched.page.getByRole('main');
const earns = () => launched.page.getByRole('complementary', { name: 'What it earns' });
const total = async () =>
  Number(
    (
      await earns()
        .locator('b', { hasText: /^−?\d+\.\d\d$/ })
        .first()
        .textContent()
    )?.replace('−', '-'),
  );
const editor = () => launched.page.getByRole('textbox', { name: 'Completion' });

/** A picture in both themes, and no serious finding in either. */
async function picture(name: string): Promise<void> {
  const { page } = launched;
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await settle(page);
    await launched.shot(`rewards-${name}-${theme}`);
    await expectAccessible(page, `rewards ${name}, ${theme}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

/** The next file that the system's dialog would give. */
async function nextFile(path: string): Promise<void> {
  await launched.app.evaluate(({ dialog }, chosen) => {
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [chosen] });
  }, path);
}

describe('the playground', () => {
  it('is the first thing one sees: an honest completion that earns all there is', async () => {
    await open(launched.page, 'rewards');
    await earns().getByText('correct', { exact: true }).waitFor();
    expect(await total()).toBe(5);
    await main().getByText('strict form').waitFor();
    await picture('playground');
  });

  it('scores while one writes: a wrong answer, a line before the form, and right again', async () => {
    const honest = await editor().inputValue();
    await editor().fill(honest.replace('<answer>\n18', '<answer>\n81'));
    await earns().getByText('wrong', { exact: true }).waitFor();
    expect(await total()).toBeLessThan(5 / 3);
    await editor().fill(`Sure!\n${honest}`);
    await main().getByRole('button', { name: 'text before' }).waitFor();
    await eventually(total).toBe(4.7);
    await editor().fill(honest);
    await eventually(total).toBe(5);
  });

  it('names a deviation by pointer, by caret and by its button, and marks exactly its words', async () => {
    const { page } = launched;
    await page.getByRole('button', { name: 'Start from' }).click();
    await page.getByRole('menuitem', { name: /reasoning block inside the reasoning/ }).click();
    await earns().getByText('no answer', { exact: true }).waitFor();
    expect(await total()).toBeLessThan(0);
    const box = await page.locator('[data-title^="nested tag"]').first().boundingBox();
    if (!box) throw new Error('The nested tag is not marked.');
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page
      .getByText(/nested tag: /)
      .last()
      .waitFor();
    await picture('attack');
    await page.mouse.move(0, 0);
    await main().getByRole('button', { name: 'nested tag' }).first().click();
    const chosen = await editor().evaluate((field: HTMLTextAreaElement) =>
      field.value.slice(field.selectionStart, field.selectionEnd),
    );
    expect(chosen).toBe('<reasoning>');
    await main()
      .locator('[aria-live=polite]', { hasText: /^(unclosed|nested|duplicate) tag: / })
      .waitFor();
  });

  it('explains the same as a table', async () => {
    const { page } = launched;
    await page.keyboard.press('Escape');
    await main().getByRole('button', { name: 'As a table' }).click();
    const table = page.getByRole('table', { name: 'The completion, explained' });
    await table
      .getByText(/^nested tag: /)
      .first()
      .waitFor();
    await picture('table');
    await main().getByRole('button', { name: 'In the text' }).click();
  });

  it('takes a row of the lab, a completion of an evaluation, and a question of one’s own', async () => {
    const { page } = launched;
    await page.getByRole('heading', { level: 1 }).click();
    await page.keyboard.press('q');
    await page.getByRole('dialog', { name: 'Which question shall it answer?' }).waitFor();
    await page.getByRole('searchbox').fill('stones');
    const rows = page.getByRole('grid', { name: 'Rows to choose from' });
    await eventually(() => rows.getByRole('gridcell').first().textContent()).toMatch(/stones/);
    await rows.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await main()
      .getByText(/stones/)
      .first()
      .waitFor();
    expect(await page.getByRole('menu').count()).toBe(0);

    await page.getByRole('button', { name: 'Start from' }).click();
    await page.getByRole('menuitem', { name: /completion of an evaluation/ }).click();
    const stored = page.getByRole('grid', { name: 'Completions to choose from' });
    await stored.getByRole('gridcell').first().waitFor();
    await stored.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await eventually(() => page.getByRole('textbox', { name: 'Length' }).inputValue()).toMatch(/^\d+$/);

    await page.getByRole('heading', { level: 1 }).click();
    await page.keyboard.press('q');
    await page.getByRole('button', { name: 'Write one of your own' }).click();
    await page.getByRole('textbox', { name: 'Question' }).fill('How many legs has a spider?');
    await page.getByRole('textbox', { name: 'Right answer' }).fill('8');
    await page.getByRole('button', { name: 'Take this question' }).click();
    await main().getByText('How many legs has a spider?').waitFor();
    await editor().fill('<reasoning>\nSpiders have eight.\n</reasoning>\n<answer>8</answer>');
    await choose(page, 'Suite', /^tunix-gsm8k 1/);
    await earns().getByText('check-answer').waitFor();
    await earns().getByText('correct', { exact: true }).waitFor();
  });
});

describe('a suite of one’s own', () => {
  it('is written from a shipped one: the weight moves the total, what is wrong is said in its place', async () => {
    const { page } = launched;
    await open(page, 'rewards');
    await choose(page, 'Suite', /^think-first 2/);
    await page.getByRole('button', { name: 'Start from' }).click();
    await page.getByRole('menuitem', { name: 'An honest completion' }).click();
    await eventually(total).toBe(5);
    await page.keyboard.press('s');
    await page.getByRole('heading', { name: 'think-first 2' }).waitFor();
    await picture('suites');
    await page.keyboard.press('n');
    const effect = page.getByRole('complementary', { name: 'What this draft does' });
    await effect.getByText('no change').waitFor();
    const part = page.getByRole('region', { name: 'Part answer' });
    await part.getByRole('textbox', { name: 'Weight' }).fill('6');
    await effect.getByText('+2.00').waitFor();
    await picture('editor');
    await part.getByRole('textbox', { name: 'Near miss', exact: true }).fill('0.9');
    await effect.getByText('cannot be used yet').waitFor();
    await part.getByText(/between 0 and 0\.5/).waitFor();
    await part.getByRole('textbox', { name: 'Near miss', exact: true }).fill('0.1');
    await effect.getByText('can be used', { exact: true }).waitFor();
    await effect.getByRole('textbox', { name: 'Note' }).fill('the answer counts for more');
    await effect.getByRole('button', { name: 'Save as a new version' }).click();
  });

  it('is a version whose diff says what was changed', async () => {
    const { page } = launched;
    await page.getByRole('heading', { name: 'my-think-first 1', exact: true }).waitFor();
    const diff = page.getByRole('table', { name: 'Changes from think-first 2 to my-think-first 1' });
    const row = diff.getByRole('row', { name: /^answer/ });
    expect(await row.getByRole('cell').allTextContents()).toEqual(['answer', 'changed weight', '4', '6']);
    await picture('diff');
  });

  it('is exported, removed, brought back, removed again and imported', async () => {
    const { page } = launched;
    const folder = join(launched.lab, '..');
    await nextFile(folder);
    await page.getByRole('button', { name: 'Export…' }).click();
    await page.getByText('my-think-first 1 is written').waitFor();
    const list = page.getByRole('navigation', { name: 'Suites' });
    await page.getByRole('button', { name: 'Remove this version' }).click();
    await list.getByText('my-think-first 1').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await list.getByText('my-think-first 1').waitFor();
    await page.getByRole('button', { name: 'Remove this version' }).click();
    await list.getByText('my-think-first 1').waitFor({ state: 'detached' });
    await nextFile(join(folder, 'my-think-first-1.json'));
    await page.getByRole('button', { name: 'Import a suite…' }).click();
    await list.getByText('my-think-first 1').waitFor();
    await list.getByText(/the answer counts for more/).waitFor();
    writeFileSync(join(folder, 'broken.json'), '{"format":');
    await nextFile(join(folder, 'broken.json'));
    await page.getByRole('button', { name: 'Import a suite…' }).click();
    await page
      .getByRole('alert')
      .getByText(/is no JSON/)
      .waitFor();
  });
});

describe('two suites on a set', () => {
  it('are tried on the evaluation of the sample, and the row where they disagree most opens', async () => {
    const { page } = launched;
    await open(page, 'rewards/try');
    await choose(page, 'Set of completions', /^GRPO, questions/);
    await choose(page, 'Left suite', /^think-first 2/);
    await choose(page, 'Right suite', /^tunix-gsm8k 1/);
    await page.getByRole('button', { name: /^Try/ }).click();
    await page.getByRole('heading', { name: 'Where they disagree most' }).waitFor();
    const figures = page.getByRole('table', { name: 'The two suites in figures' });
    expect(await figures.getByRole('row').count()).toBe(3);
    const bars = page.getByRole('img', { name: /^think-first 2: \d+ completions, mean/ });
    await bars.waitFor();
    await page.keyboard.press('j');
    const pane = page.getByRole('article', { name: 'The completion' });
    await pane.getByRole('region', { name: 'tunix-gsm8k 1' }).getByText('check-answer').waitFor();
    await picture('try');
    await page.keyboard.press('Escape');
    await pane.waitFor({ state: 'detached' });
  });

  it('go on when the window is loaded again, and their report is there', async () => {
    const { page } = launched;
    const file = join(launched.lab, '..', 'many.jsonl');
    const row = { question: '1 + 1?', answer: '2', answerType: 'number', domain: 'math' };
    const words = 'One and one more are counted together. '.repeat(40);
    const completion = (answer: number) => `<reasoning>\n${words}\n</reasoning>\n<answer>${answer}</answer>`;
    const lines = Array.from({ length: 60_000 }, (_, i) =>
      JSON.stringify({ row, completion: completion(i % 3), group: String(i % 15_000) }),
    );
    writeFileSync(file, lines.join('\n'));
    await nextFile(file);
    await page.getByRole('button', { name: 'File…' }).click();
    await page.getByRole('button', { name: /^Try/ }).click();
    await main().locator('[role=progressbar][aria-valuemax="60000"]').waitFor();
    await page.reload();
    await ready(page);
    // Nobody asks for it again.
    await eventually(() => main().textContent()).toContain('60,000 completions');
    await page.getByRole('heading', { name: 'Where they disagree most' }).waitFor();
  });

  it('end when they are cancelled', async () => {
    const { page } = launched;
    await page.getByRole('button', { name: /^Try/ }).click();
    await main().locator('[role=progressbar][aria-valuemax="60000"]').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('nothing running').waitFor();
    await page.getByRole('heading', { name: 'What would another suite have said?', level: 2 }).waitFor();
  });

  it('say which file cannot be read', async () => {
    const { page } = launched;
    const file = join(launched.lab, '..', 'nothing.jsonl');
    writeFileSync(file, 'no line of this is a completion\n');
    await nextFile(file);
    await page.getByRole('button', { name: 'File…' }).click();
    await page.getByRole('button', { name: /^Try/ }).click();
    await page
      .getByRole('alert')
      .getByText(/nothing\.jsonl/)
      .waitFor();
  });
});

describe('the attack list', () => {
  it('has nothing that pays under think-first', async () => {
    const { page } = launched;
    await open(page, 'rewards/attacks');
    await main()
      .getByText(/^0 of \d+ pay$/)
      .waitFor();
    await page.getByRole('complementary', { name: 'The attack' }).getByText('does not pay').waitFor();
    await picture('attacks');
    await main().getByRole('button', { name: 'That pay' }).click();
    await main().getByText('None pays').waitFor();
  });

  it('shows where open-r1 pays, honest and hack beside each other with what each part gave', async () => {
    const { page } = launched;
    await choose(page, 'Suite', /^open-r1 1/);
    await main()
      .getByText(/^[1-9]\d* of \d+ pay$/)
      .waitFor();
    const pane = page.getByRole('complementary', { name: 'The attack' });
    await pane.getByText('pays', { exact: true }).waitFor();
    await pane.getByRole('region', { name: 'Honest' }).waitFor();
    await pane.getByRole('region', { name: 'Hack' }).waitFor();
    await pane.getByRole('table', { name: 'What each part gave' }).getByText('tag-count').waitFor();
    await picture('attacks-open-r1');
    await pane.getByRole('button', { name: 'To the playground' }).click();
    await earns().getByText('tag-count').waitFor();
  });
});
