// The real trainer on the embedded model, killed in the middle of GRPO and resumed: one run without a gap or a double, whose adapter
// passes its arrival checks.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRouterClient } from '@orpc/server';
import { expect, it } from 'vitest';
import { openCatalog } from '../../core/catalog/catalog.ts';
import type { JobDetail } from '../../core/contract/jobs.ts';
import { createCore } from '../../core/create-core.ts';
import { inRoot } from '../../resources/setup/paths.mjs';
import { tempFolder } from '../fixtures/temp-folder.ts';

const base = inRoot('resources', 'models', 'tiny');
const STEPS = 6;

it.skipIf(!existsSync(join(base, 'model.safetensors')))('goes on from its checkpoint', async () => {
  const lab = join(tempFolder(), 'lab');
  mkdirSync(lab);
  openCatalog(join(lab, 'catalog.db')).close(); // else it would begin with the recorded sample
  const core = await createCore({ lab });
  const { jobs, models, datasets } = createRouterClient(core.router, { context: {} });
  try {
    await models.add({ path: base });
    await datasets.import({ from: join(base, 'tasks/train.jsonl'), adapter: 'rows', split: 'train' });
    const settings = { limits: { checkpointEveryMs: 500 }, publishEverySteps: 2 };
    const { id } = await jobs.launch({ preset: 'think-first-tiny', steps: STEPS, settings });
    const kept = async (run: JobDetail) => {
      const { checkpoints } = await jobs.milestones({ id });
      return run.step >= 3 && checkpoints.some(({ moment }) => moment.step >= 2);
    };
    let run = await jobs.get({ id });
    for (; !(await kept(run)); run = await jobs.get({ id })) {
      expect(run.failure).toBeNull();
      await sleep(50);
    }
    const { pid } = JSON.parse(readFileSync(join(run.folder, 'pid.json'), 'utf8'));
    process.kill(pid, 'SIGKILL');

    const cut = await jobs.wait({ id });
    expect(cut).toMatchObject({ state: 'FAILED', failure: { class: 'killed' } });
    const { step } = await jobs.resume({ id });
    expect(step).toBe(cut.resumesAfter);
    expect(step).toBeGreaterThanOrEqual(2);
    const job = await jobs.wait({ id });
    expect(job).toMatchObject({ state: 'DONE', step: STEPS, failure: null });

    const steps = Array.from({ length: STEPS }, (_, i) => i + 1);
    const [reward] = await jobs.metrics({ id, names: ['reward/total/mean'] });
    expect(reward?.steps).toEqual(steps);
    const { launches, spec, warnings } = await jobs.get({ id });
    expect([launches, warnings]).toEqual([2, []]);
    if (spec.kind !== 'grpo') throw new Error(spec.kind);
    const { total } = await jobs.rollouts({ id });
    expect(total).toBe(STEPS * spec.training.promptsPerStep * spec.training.groupSize);
    const artifacts = await jobs.artifacts({ id });
    expect(artifacts.map(({ name, state }) => [name, state])).toEqual([
      ['step-2', 'home'],
      ['step-4', 'home'],
      ['final', 'home'],
    ]);
    const log = readFileSync(join(run.folder, 'stdout.log'), 'utf8');
    expect(log.match(/^step \d+ of/gm)?.length).toBeLessThan(2 * STEPS - 1); // it did not start over
  } finally {
    await core.close();
  }
});
