// The whole app is killed while a run goes on, and opened again: the run went on without it, and the window is right about it.
// The trainer only plays here, so that it is quick.
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { openCatalog } from '../../core/catalog/catalog.ts';
import { startTime } from '../../core/hosts/processes.ts';
import { whatTheCatalogSays } from '../fixtures/catalog-of-run.ts';
import { whatTheFilesSay } from '../fixtures/play-lab.ts';
import { playingPython } from '../fixtures/playing-python.ts';
import { tempFolder } from '../fixtures/temp-folder.ts';
import { canSeeProcesses, corePid } from './core-process.ts';
import { type Launched, launch } from './launch.ts';
import { eventually, open, ready, startTinyRun, tinyModel } from './page-steps.ts';

const hasTiny = existsSync(join(tinyModel, 'model.safetensors'));
const STEPS = 60;
/** Of the trainer that plays: two numbers and eight rollouts a step. */
const [METRICS_A_STEP, ROLLOUTS_A_STEP] = [3, 8];

const alive = new Set<Launched>();
afterEach(async () => {
  for (const each of alive) await each.close();
});

it.skipIf(!hasTiny || !canSeeProcesses)('a run outlives the app, and the next window is right', async () => {
  const folder = tempFolder();
  const lab = join(folder, 'lab');
  mkdirSync(lab);
  openCatalog(join(lab, 'catalog.db')).close();
  const env = { FORETHOUGHT_PYTHON: playingPython(folder, 'pause=0.5') };
  const start = async () => {
    const launched = await launch({ lab, env });
    alive.add(launched);
    return launched;
  };

  const first = await start();
  await startTinyRun(first.page, STEPS);
  const job = readdirSync(join(lab, 'host/jobs'))[0] ?? '';
  const jobFolder = join(lab, 'host/jobs', job);
  await eventually(() => stepShown(first)).toBeGreaterThan(3);
  const core = corePid(first.pid);
  expect(core).toBeGreaterThan(0);
  process.kill(first.pid, 'SIGKILL');
  await eventually(() => startTime(core)).toBeNull();
  const atKill = stepWritten(jobFolder);
  expect(atKill).toBeLessThan(STEPS);
  await eventually(() => stepWritten(jobFolder)).toBeGreaterThan(atKill + 4);

  const second = await start();
  const shown = performance.now();
  const written = stepWritten(jobFolder);
  await eventually(() => stepShown(second)).toBeGreaterThanOrEqual(written);
  console.info(
    `The window knew the run's step (${written} of ${STEPS}) ${Math.round(performance.now() - shown)} ms after it was there.`,
  );
  expect(written).toBeLessThan(STEPS);

  const { page } = second;
  await ready(page);
  await open(page, `train/${job}/spec`);
  // What plays the trainer publishes no real adapter: the way home ends there, and the window says so.
  await page
    .getByRole('alert')
    .getByText(/^The run failed at step 60 of 60$/)
    .waitFor({ timeout: 180_000 });
  await eventually(() => stepShown(second)).toBe(STEPS);
  const launches = page.locator('dl > div', { hasText: 'Launches' }).locator('dd');
  expect(await launches.textContent()).toBe('1');
  const rollouts = page.getByRole('tab', { name: /^Rollouts/ });
  expect(await rollouts.textContent()).toContain(String(STEPS * ROLLOUTS_A_STEP));
  await second.close();

  const catalog = openCatalog(join(lab, 'catalog.db'));
  const taken = whatTheCatalogSays(catalog, job);
  catalog.close();
  expect(taken).toEqual(whatTheFilesSay(jobFolder));
  expect(taken.metrics).toHaveLength(STEPS * METRICS_A_STEP);
  expect(readFileSync(join(jobFolder, 'began.txt'), 'utf8').trim().split('\n')).toHaveLength(1);
});

/** The step that the window says, on Home as on the run's page; 0 while it says none. */
async function stepShown({ page }: Launched): Promise<number> {
  const words = page.getByText(new RegExp(`step \\d+ of ${STEPS}`)).first();
  if ((await words.count()) === 0) return 0;
  return Number(/step (\d+) of/.exec((await words.textContent()) ?? '')?.[1] ?? 0);
}

/** The last whole step in the run's log. */
function stepWritten(folder: string): number {
  const log = join(folder, 'events.jsonl');
  if (!existsSync(log)) return 0;
  const steps = [...readFileSync(log, 'utf8').matchAll(/"kind":"metrics","step":(\d+)/g)];
  return Number(steps.at(-1)?.[1] ?? 0);
}
