// The stages of the demo: what an earlier core did, or had begun, is not done a second time.
import { expect, it } from 'vitest';
import type { Work } from '../../../core/catalog/activities.ts';
import type { Demo } from '../../../core/contract/demo.ts';
import { CoreError } from '../../../core/contract/errors.ts';
import type { Evaluation } from '../../../core/contract/evals.ts';
import type { Job } from '../../../core/contract/jobs.ts';
import { type DemoDeps, runStages } from '../../../core/demo/stages.ts';

const fresh: Demo = {
  ...{ id: 'd', seed: 3, state: 'running', stage: 'prepare', error: null, recorded: false },
  ...{ baseEvalId: null, jobId: null, adapterId: null, adapterEvalId: null, reportPath: null },
  ...{ startedAt: 0, endedAt: null },
};
const work = { signal: new AbortController().signal, phase: () => {}, advance: () => {} } as unknown as Work;
const never = new Promise<never>(() => {});

/** A demo whose evaluations and run begin as told; `evaluated` and `launched` are the ids that were asked for. */
function play(start: Demo, launch: () => Promise<unknown>, evaluate: () => Promise<unknown> = launch) {
  const evaluated: string[] = [];
  const launched: string[] = [];
  let demo = start;
  const deps = {
    prepare: async () => ({ baseId: 'b', trainSourceId: 't', heldOutSourceId: 'h' }),
    evaluate: async ({ id }: { id: string }) => {
      evaluated.push(id);
      await evaluate();
    },
    evaluationEnded: async () => ({ state: 'done' }) as Evaluation,
    newId: () => `id-${Math.random()}`,
    launch: async ({ id }: { id: string }) => {
      launched.push(id);
      await launch();
    },
    run: () => never as Promise<Job>,
    runEnded: () => never as Promise<Job>,
  } as unknown as DemoDeps;
  const done = runStages(deps, start, work, (change) => {
    demo = { ...demo, ...change };
    return demo;
  });
  return { evaluated, launched, done, demo: () => demo };
}
const turns = () => new Promise((resolve) => setTimeout(resolve, 20));

it('asks for the same run again when the core died while it launched', async () => {
  const first = play(
    fresh,
    () => never,
    async () => {},
  );
  void first.done.catch(() => {});
  await turns();
  expect(first.launched).toEqual([first.demo().jobId]);
  const second = play(first.demo(), async () => {});
  void second.done.catch(() => {});
  await turns();
  expect(second.launched).toEqual(first.launched);
  expect(second.demo().jobId).toBe(first.demo().jobId);
});

it('asks for the same evaluation again when the core died while it began', async () => {
  const first = play(fresh, () => never);
  void first.done.catch(() => {});
  await turns();
  expect(first.evaluated).toEqual([first.demo().baseEvalId]);
  const second = play(first.demo(), () => never);
  void second.done.catch(() => {});
  await turns();
  expect(second.evaluated).toEqual(first.evaluated);
});

it('names no run when none could be launched', async () => {
  const refused = play(
    fresh,
    () => Promise.reject(new Error('no Python')),
    async () => {},
  );
  await expect(refused.done).rejects.toThrow('no Python');
  expect(refused.demo()).toMatchObject({ jobId: null, baseEvalId: expect.any(String) });
});

it.each([
  ['a person stopped the demo', 'stopped', 1],
  ['the core closes', 'running', 0],
] as const)('when %s during the launch, the run is %s', async (_, state, stops) => {
  const controller = new AbortController();
  const stopped: string[] = [];
  let demo = fresh;
  const deps = {
    prepare: async () => ({ baseId: 'b', trainSourceId: 't', heldOutSourceId: 'h' }),
    evaluate: async () => ({ id: 'e' }),
    evaluationEnded: async () => ({ state: 'done' }) as Evaluation,
    newId: () => 'run',
    launch: async () => {
      demo = { ...demo, state };
      controller.abort(new Error('over'));
    },
    stopRun: async (id: string) => {
      stopped.push(id);
      throw new CoreError('conflict', 'It ended by itself meanwhile.');
    },
    runEnded: () => never as Promise<Job>,
  } as unknown as DemoDeps;
  const begun = { ...work, signal: controller.signal };
  const done = runStages(deps, fresh, begun, (change) => {
    demo = { ...demo, ...change };
    return demo;
  });
  await expect(done).rejects.toThrow('over');
  expect(stopped).toHaveLength(stops);
  expect(demo).toMatchObject({ state, stage: 'train', jobId: 'run' });
});
