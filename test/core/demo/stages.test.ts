// The stages of the demo: what an earlier core did, or had begun, is not done a second time.
import { expect, it } from 'vitest';
import type { Work } from '../../../core/catalog/activities.ts';
import type { Demo } from '../../../core/contract/demo.ts';
import { CoreError } from '../../../core/contract/errors.ts';
import type { Evaluation } from '../../../core/contract/evals.ts';
import type { Job } from '../../../core/contract/jobs.ts';
import { newCheckpoints } from '../../../core/demo/checkpoints.ts';
import { type DemoDeps, runStages } from '../../../core/demo/stages.ts';

const fresh: Demo = {
  ...{ id: 'd', seed: 3, state: 'running', stage: 'prepare', error: null, recorded: false },
  ...{ jobId: null, checkpoints: newCheckpoints(), reportPath: null },
  ...{ startedAt: 0, endedAt: null },
};
const prepared = {
  ...{ baseId: 'b', trainSourceId: 't', traces: 'traces.jsonl' },
  heldOut: { tasks: 'h', open: 'o' },
};
const baseEvals = ({ checkpoints }: Demo) => [checkpoints[0]!.tasksEvalId, checkpoints[0]!.openEvalId];
const work = { signal: new AbortController().signal, phase: () => {}, advance: () => {} } as unknown as Work;
const never = new Promise<never>(() => {});

/** A demo whose evaluations and run begin as told; `evaluated` and `launched` are the ids that were asked for. */
function play(start: Demo, launch: () => Promise<unknown>, evaluate: () => Promise<unknown> = launch) {
  const evaluated: string[] = [];
  const launched: string[] = [];
  let demo = start;
  const deps = {
    prepare: async () => prepared,
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
  expect(first.evaluated).toEqual(baseEvals(first.demo()).slice(0, 1));
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
  expect(refused.demo().jobId).toBeNull();
  expect(baseEvals(refused.demo())).toEqual([expect.any(String), expect.any(String)]);
});

it.each([
  ['a person stopped the demo', 'stopped', 1],
  ['the core closes', 'running', 0],
] as const)('when %s during the launch, the run is %s', async (_, state, stops) => {
  const controller = new AbortController();
  const stopped: string[] = [];
  let demo = fresh;
  const deps = {
    prepare: async () => prepared,
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

it('measures the stages that left an adapter, and needs that of GRPO', async () => {
  const half: Demo = {
    ...fresh,
    jobId: 'run',
    checkpoints: newCheckpoints().map((each) =>
      each.id === 'base' ? { ...each, tasksEvalId: 'e1', openEvalId: 'e2' } : each,
    ),
  };
  const asked: (string | undefined)[] = [];
  let byRule = true;
  let demo = half;
  const adapters = ['grpo-step-60', 'plain-step-40', 'plain-step-80', 'guarded-step-80'];
  let last: { state: string; reason: string | null } = { state: 'home', reason: null };
  const deps = {
    prepare: async () => prepared,
    evaluate: async ({ adapterId }: { adapterId?: string }) => {
      asked.push(adapterId);
      if (asked.length > 4) throw new Error('enough');
    },
    evaluationEnded: async () => ({ state: 'done' }) as Evaluation,
    newId: () => `id-${Math.random()}`,
    launch: async () => {},
    run: () => never as Promise<Job>,
    // As a program ends whose last stage its guard has ended.
    runEnded: async () => ({ name: 'the run', state: 'STOPPED' }) as Job,
    endedByRule: async () => byRule,
    adapters: async () =>
      adapters.map((name, i) => ({
        ...{ name, state: 'home', reason: null },
        ...(i === adapters.length - 1 ? last : {}),
        modelId: `of ${name}`,
      })),
  } as unknown as DemoDeps;
  const runs = () => {
    asked.length = 0;
    return runStages(deps, half, work, (change) => {
      demo = { ...demo, ...change };
      return demo;
    });
  };
  await expect(runs()).rejects.toThrow('enough');
  expect(asked.slice(2)).toEqual(['of grpo-step-60', 'of grpo-step-60', 'of plain-step-80']);
  last = { state: 'refused', reason: 'a value is not finite' };
  await expect(runs()).rejects.toThrow(/guarded-step-80 did not come home: a value is not finite/);
  last = { state: 'home', reason: null };
  adapters.splice(1);
  await expect(runs()).rejects.not.toThrow('enough');
  expect(asked.slice(2)).toEqual(['of grpo-step-60', 'of grpo-step-60']);
  adapters.pop();
  await expect(runs()).rejects.toThrow(/GRPO published no adapter/);
  byRule = false;
  await expect(runs()).rejects.toThrow(/"the run" ended STOPPED/);
});
