// A run is stopped from its page: the button asks, Escape lets the run go on, and the answer ends it. The trainer only plays here.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { openCatalog } from '../../core/catalog/catalog.ts';
import { playingPython } from '../fixtures/playing-python.ts';
import { tempFolder } from '../fixtures/temp-folder.ts';
import { type Launched, launch } from './launch.ts';
import { startTinyRun, tinyModel, title } from './page-steps.ts';

let launched: Launched | undefined;
afterEach(async () => await launched?.close());

it.skipIf(!existsSync(join(tinyModel, 'model.safetensors')))(
  'a run is stopped only by who says so twice',
  async () => {
    const folder = tempFolder();
    const lab = join(folder, 'lab');
    mkdirSync(lab);
    openCatalog(join(lab, 'catalog.db')).close();
    launched = await launch({ lab, env: { FORETHOUGHT_PYTHON: playingPython(folder, 'pause=0.5') } });
    const { page } = launched;
    await startTinyRun(page, 120);
    await page
      .getByText(/step [1-9]\d* of 120/)
      .first()
      .waitFor({ timeout: 120_000 });

    const stop = page.getByRole('button', { name: 'Stop and export' });
    const dialog = page.getByRole('dialog', { name: 'Stop this run?' });
    await stop.click();
    await dialog.getByText('It cannot be resumed.').waitFor();
    await launched.shot('stop-run');
    // The keys of the page behind are not pressed through it.
    await page.keyboard.press('1');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await title(page)).toMatch(/seed 1$/);
    await stop.click();
    await dialog.getByRole('button', { name: 'Stop it' }).click();
    await dialog.waitFor({ state: 'detached' });
    await stop.waitFor({ state: 'detached' });
    await page
      .getByText(/^(stopping after this step|bringing the adapter home|stopped|failed)/)
      .first()
      .waitFor({ timeout: 60_000 });
  },
);
