// The whole core, killed 20 times while a run goes on. The trainer only plays here, so that it is quick; for the real one: node test/faults/kill-core.ts.
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { playingPython } from '../fixtures/playing-python.ts';
import { tempFolder } from '../fixtures/temp-folder.ts';
import { killCore } from './kill-core.ts';

const base = resolve(import.meta.dirname, '../../resources/models/tiny');
const hasBase = existsSync(join(base, 'model.safetensors'));

it.skipIf(!hasBase)('loses nothing, takes nothing twice, launches once', async () => {
  const folder = tempFolder();
  const lab = join(folder, 'lab');
  mkdirSync(lab);
  const report = await killCore({
    lab,
    kills: 20,
    steps: 60,
    seed: 1,
    base,
    aliveMs: [50, 2000],
    env: { FORETHOUGHT_PYTHON: playingPython(folder, 'pause=0.5') },
    say: () => {},
  });
  expect(report).toMatchObject({ equal: true, launches: 1, starts: 1, warnings: expect.any(Array) });
  expect(report.metrics).toBe(60 * 3);
  expect(report.rollouts).toBe(60 * 8);
  expect(report.killsMidRun).toBeGreaterThan(5);
  // What plays the trainer publishes no real adapter: the run's way home ends there, and says so.
  expect(report.state).toBe('FAILED');
  expect(report.warnings.filter((warning) => !warning.startsWith('arrival'))).toEqual([]);
});
