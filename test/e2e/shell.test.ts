// The frame of the window: keys, palette, dialogs, theme, accessibility of every screen, and what happens when the core dies.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canSeeProcesses, corePid } from './core-process.ts';
import { type Launched, launch } from './launch.ts';
import { eventually, expectAccessible, open, ready, screens, settle, title } from './page-steps.ts';

let launched: Launched;
beforeAll(async () => {
  launched = await launch();
  await ready(launched.page);
});
afterAll(async () => {
  await launched?.close();
});

describe('keys', () => {
  it('go to every screen by its number, as the rail prints it', async () => {
    const { page } = launched;
    for (const [i, screen] of [...screens.entries()].reverse()) {
      await page.keyboard.press(String(i + 1));
      await eventually(() => page.evaluate(() => window.location.hash)).toBe(`#/${screen}`);
      const current = page.locator('nav[aria-label=Screens] [aria-current=page]');
      await eventually(() => current.getAttribute('href')).toBe(`#/${screen}`);
    }
  });

  it('stay letters while a person types', async () => {
    const { page } = launched;
    await page.keyboard.press('2');
    await page.locator('input[type=search]').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('6 jk');
    await eventually(() => page.locator('input[type=search]').inputValue()).toBe('6 jk');
    expect(await page.evaluate(() => window.location.hash)).toContain('#/data');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.keyboard.press('1');
    await eventually(() => title(page)).toBe('What next?');
  });

  it('open and close the sheet of keys', async () => {
    const { page } = launched;
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Which keys are there?' }).waitFor();
    await page.keyboard.press('2');
    expect(await page.evaluate(() => window.location.hash)).toBe('#/home');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });
});

describe('the palette', () => {
  it('finds a verb by other words and runs it', async () => {
    const { page } = launched;
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Find anything' }).fill('gguf');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Which base model do you want to add?' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('says when nothing has that name, and closes', async () => {
    const { page } = launched;
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Find anything' }).fill('qqxzy');
    await page.getByText('Nothing has that name.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });
});

describe('the theme', () => {
  const ground = () => launched.page.evaluate(() => getComputedStyle(document.body).backgroundColor);

  it('changes by choice and is kept by the lab over a reload', async () => {
    const { page } = launched;
    const light = await ground();
    await page.keyboard.press('Control+,');
    await page.getByRole('button', { name: 'Dark' }).click();
    await eventually(ground).not.toBe(light);
    await page.keyboard.press('Escape');
    await page.reload();
    await ready(page);
    await eventually(() => page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
    await page.keyboard.press('Control+,');
    await page.getByRole('button', { name: 'As the system' }).click();
    await eventually(ground).toBe(light);
    await page.keyboard.press('Escape');
  });
});

describe('accessibility', () => {
  it.each(screens.flatMap((screen) => (['light', 'dark'] as const).map((theme) => ({ screen, theme }))))(
    '$screen has no serious finding in the $theme theme',
    async ({ screen, theme }) => {
      const { page } = launched;
      await page.emulateMedia({ colorScheme: theme });
      await open(page, screen);
      await settle(page);
      await expectAccessible(page, `${screen}, ${theme}`);
    },
  );

  it.each(['i', 'e', 'b', '?', 'Control+,', 'Control+k'])(
    'the dialog of key %s has no serious finding',
    async (key) => {
      const { page } = launched;
      await page.emulateMedia({ colorScheme: 'light' });
      await open(page, 'home');
      await page.keyboard.press(key);
      await page.getByRole('dialog').waitFor();
      await settle(page);
      await expectAccessible(page, `dialog of ${key}`);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    },
  );

  it('at 200 % zoom nothing runs out of the window sideways', async () => {
    const { page } = launched;
    await page.setViewportSize({ width: 640, height: 400 });
    for (const screen of screens) {
      await open(page, screen);
      await settle(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(wide, screen).toBeLessThanOrEqual(640);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
  });
});

describe('the core', () => {
  it.skipIf(!canSeeProcesses)('may die: the window says so and is right again by itself', async () => {
    const { page, pid } = launched;
    await open(page, 'home');
    const before = corePid(pid);
    expect(before).toBeGreaterThan(0);
    process.kill(before, 'SIGKILL');
    await page.getByText('The core is restarting').waitFor({ timeout: 60_000 });
    const told = Date.now();
    await page.getByText('The core is restarting').waitFor({ state: 'detached', timeout: 60_000 });
    await open(page, 'data');
    await page.getByRole('heading', { name: /rows? from \d+ sources?/ }).waitFor({ timeout: 60_000 });
    console.info(`The window was right again ${Date.now() - told} ms after it told of the dead core.`);
    expect(corePid(pid)).not.toBe(before);
  });
});
