// Time to a shown and to a usable window, cold and warm, beside an empty Electron window; then scrolling
// 200,000 rows, and 100,000 rollouts of a run, frame by frame.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, type Page } from 'playwright-core';
import { openCatalog } from '../../core/catalog/catalog.ts';
import { sql } from '../../core/catalog/sql.ts';
import { electronBinary } from '../../resources/setup/electron-binary.mjs';
import { launch } from '../e2e/launch.ts';
import { bigRows, makeBigLab } from './big-lab.ts';
import { insertManyRollouts, manyRollouts } from './many-rollouts.ts';

const folder = mkdtempSync(join(tmpdir(), 'forethought-bench-window-'));
try {
  const lab = join(folder, 'lab');
  const cold = await start(lab); // a new lab: the sample is unpacked on the way
  const warm: Start[] = [];
  const empty: number[] = [];
  for (let round = 0; round < 5; round++) {
    empty.push(await emptyWindow());
    warm.push(await start(lab));
  }
  enlargeRun(lab);
  const browse = await browseRollouts(lab);
  rmSync(lab, { recursive: true, force: true });
  await makeBigLab(folder);
  const scroll = await scrollRows(lab);
  const result = {
    bench: 'window',
    cold,
    warm: { shownMs: median(warm.map((w) => w.shownMs)), usableMs: median(warm.map((w) => w.usableMs)) },
    emptyWindowMs: median(empty),
    ratio: median(warm.map((w) => w.shownMs)) / median(empty),
    scroll: { rows: bigRows, ...scroll },
    browse: { rollouts: manyRollouts, ...browse },
  };
  console.log(
    `cold: shown ${cold.shownMs.toFixed(0)} ms, usable ${cold.usableMs.toFixed(0)} ms; warm: shown ${result.warm.shownMs.toFixed(0)} ms, usable ${result.warm.usableMs.toFixed(0)} ms; empty Electron window ${result.emptyWindowMs.toFixed(0)} ms (ratio ${result.ratio.toFixed(2)})`,
  );
  console.log(`scroll over ${bigRows} rows: ${inWords(scroll)}`);
  console.log(
    `scroll over ${manyRollouts} rollouts: ${inWords(browse)}; searched in ${browse.searchMs.toFixed(0)} ms`,
  );
  console.log(JSON.stringify(result));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

interface Start {
  shownMs: number;
  usableMs: number;
}

/** Times from the start of the process, the test driver's own handshake included (it is in the empty window's time too). */
async function start(lab: string): Promise<Start> {
  const began = performance.now();
  const launched = await launch({ lab });
  await launched.page.waitForSelector('h1');
  const shownMs = performance.now() - began;
  await launched.page.getByText(/^Lab · /).waitFor();
  const usableMs = performance.now() - began;
  await launched.close();
  return { shownMs, usableMs };
}

async function emptyWindow(): Promise<number> {
  const app = join(folder, 'empty-app');
  mkdirSync(app, { recursive: true });
  writeFileSync(join(app, 'package.json'), '{"name":"empty","version":"1.0.0","main":"main.js"}');
  writeFileSync(
    join(app, 'main.js'),
    `const {app,BrowserWindow}=require('electron');app.whenReady().then(()=>new BrowserWindow({width:1280,height:800}).loadURL('data:text/html,<h1>empty</h1>'));`,
  );
  const binary = electronBinary();
  if (binary === null) throw new Error('No Electron is installed: run `npm run setup` first.');
  const began = performance.now();
  const running = await _electron.launch({
    executablePath: binary.path,
    args: [app, '--no-sandbox', '--disable-gpu', `--user-data-dir=${join(folder, 'empty-profile')}`],
    env: { ...(process.env as Record<string, string>), DBUS_SESSION_BUS_ADDRESS: '/dev/null' },
  });
  await (await running.firstWindow()).waitForSelector('h1');
  const ms = performance.now() - began;
  await running.close();
  return ms;
}

async function scrollRows(lab: string): Promise<Frames> {
  const launched = await launch({ lab });
  const { page } = launched;
  await page.getByText(/^Lab · /).waitFor();
  await page.keyboard.press('2');
  const frames = await scrolled(page);
  await launched.close();
  return frames;
}

/** The sample's run, with other rollouts and many of them. */
function enlargeRun(lab: string): void {
  const catalog = openCatalog(join(lab, 'catalog.db'));
  const [run] = catalog.column(sql`SELECT id FROM jobs ORDER BY created_at DESC LIMIT 1`);
  catalog.run(sql`DELETE FROM rollouts WHERE job = ${String(run)}`);
  insertManyRollouts(catalog, String(run));
  catalog.close();
}

/** The browser of a run's rollouts: scrolled, then searched for a word of every third. */
async function browseRollouts(lab: string): Promise<Frames & { searchMs: number }> {
  const launched = await launch({ lab });
  const { page } = launched;
  await page.getByText(/^Lab · /).waitFor();
  await page.keyboard.press('4');
  await page.getByRole('table', { name: 'Runs' }).getByRole('button').first().click();
  await page.getByRole('tab', { name: /^Rollouts/ }).click();
  const frames = await scrolled(page);
  const began = performance.now();
  await page.getByRole('searchbox').fill('pelican');
  await page.getByText(`${Math.ceil(manyRollouts / 3).toLocaleString('en')} rollouts`).waitFor();
  const searchMs = performance.now() - began;
  await launched.close();
  return { ...frames, searchMs };
}

interface Frames {
  frames: number;
  medianMs: number;
  p99Ms: number;
  over32: number;
}

/** Turns the wheel over the list that is shown, 120 times eight hundred pixels, and says how long its frames took. */
async function scrolled(page: Page): Promise<Frames> {
  await page.waitForSelector('[role="grid"] [role="row"]');
  await page.hover('[role="grid"]');
  await page.evaluate(() => {
    const times: number[] = [];
    let last = performance.now();
    const tick = (now: number) => {
      times.push(now - last);
      last = now;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
    (globalThis as unknown as { frameTimes: number[] }).frameTimes = times;
  });
  for (let i = 0; i < 120; i++) await page.mouse.wheel(0, 800);
  const times = await page.evaluate(() =>
    (globalThis as unknown as { frameTimes: number[] }).frameTimes.slice(2),
  );
  const ordered = times.toSorted((a, b) => a - b);
  return {
    frames: times.length,
    medianMs: median(times),
    p99Ms: ordered[Math.floor(ordered.length * 0.99)] ?? Number.NaN,
    over32: times.filter((t) => t > 32).length,
  };
}

function inWords({ frames, medianMs, p99Ms, over32 }: Frames): string {
  return `${frames} frames, median ${medianMs.toFixed(1)} ms, 99th percentile ${p99Ms.toFixed(1)} ms, ${over32} over 32 ms`;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
