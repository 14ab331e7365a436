// Stopping a demo stops what it is doing: its evaluations are paused, its run told to end.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createActivities } from '../../../core/catalog/activities.ts';
import { openCatalog } from '../../../core/catalog/catalog.ts';
import { createChanges } from '../../../core/catalog/changes.ts';
import type { DemoStage } from '../../../core/contract/demo.ts';
import { CoreError } from '../../../core/contract/errors.ts';
import { createDemo } from '../../../core/demo/demo.ts';
import { saveDemo } from '../../../core/demo/demo-store.ts';
import type { DemoDeps } from '../../../core/demo/stages.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

const context = { signal: undefined };

function lab(stage: DemoStage, stopRun = async () => {}) {
  const folder = tempFolder();
  const catalog = openCatalog(join(folder, 'catalog.db'));
  const changes = createChanges();
  const stopped: string[] = [];
  const deps = {
    ...{ catalog, changes, activities: createActivities(changes), now: () => 5, reportFolder: folder },
    pauseEvaluation: async (id: string) => void stopped.push(id),
    stopRun: async (id: string) => {
      stopped.push(id);
      await stopRun();
    },
  } as unknown as DemoDeps;
  saveDemo(catalog, {
    ...{ id: 'd', seed: 1, state: 'running', stage, error: null, recorded: false, reportPath: null },
    jobId: 'run',
    checkpoints: [
      { id: 'base', adapterId: null, tasksEvalId: 'base-tasks', openEvalId: 'base-open' },
      { id: 'grpo', adapterId: 'adapter', tasksEvalId: 'grpo-tasks', openEvalId: null },
    ],
    ...{ startedAt: 0, endedAt: null },
  });
  return { demo: createDemo(deps), stopped };
}

it.each<[DemoStage, string[]]>([
  ['prepare', []],
  ['evaluate-base', ['base-tasks', 'base-open', 'grpo-tasks']],
  ['train', ['run']],
  ['evaluate', ['base-tasks', 'base-open', 'grpo-tasks']],
  ['report', []],
])('in the stage %s it stops %j', async (stage, expected) => {
  const { demo, stopped } = lab(stage);
  expect(await demo.stop({ id: 'd' }, context)).toMatchObject({ state: 'stopped', endedAt: 5 });
  expect(stopped).toEqual(expected);
});

it.each(['conflict', 'not-found'] as const)(
  'a run that is over or not there yet (%s) is no failure',
  async (code) => {
    const { demo } = lab('train', () => Promise.reject(new CoreError(code, 'nothing to stop')));
    expect(await demo.stop({ id: 'd' }, context)).toMatchObject({ state: 'stopped' });
  },
);

it('another failure is told', async () => {
  const { demo } = lab('train', () => Promise.reject(new CoreError('disk', 'full')));
  await expect(demo.stop({ id: 'd' }, context)).rejects.toThrow('full');
});
