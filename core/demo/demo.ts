// The demo: the base measured, the recipe run as one program, its adapters home, each measured again, proof. Served by create-core.
import { randomUUID } from 'node:crypto';
import { basename, join } from 'node:path';
import type { Work } from '../catalog/activities.ts';
import { sql } from '../catalog/sql.ts';
import type { Demo, DemoResult } from '../contract/demo.ts';
import { CoreError, notFound } from '../contract/errors.ts';
import type { Handlers } from '../contract/handlers.ts';
import { newCheckpoints } from './checkpoints.ts';
import { findDemos, saveDemo } from './demo-store.ts';
import { type DemoDeps, measured, runStages, stopWork } from './stages.ts';

export type DemoFeature = Handlers['demo'] & {
  /** Goes on with a demo that a previous core left running. */
  resumeInterrupted(): void;
  close(): Promise<void>;
};

export function createDemo(deps: DemoDeps): DemoFeature {
  const running = new Map<string, { done: Promise<void>; work: Work }>();
  /** Ends that a full disk did not let in: told from here, and the next core goes on with those demos. */
  const unwritten = new Map<string, Partial<Demo>>();

  const byId = (id: string): Demo => {
    const found = findDemos(deps.catalog, sql`id = ${id}`)[0];
    if (!found) throw notFound('demo', id, 'demo latest');
    // Reports lie in the lab, which may have been moved, or have come as the sample from another machine.
    const reportPath = found.reportPath && join(deps.reportFolder, basename(found.reportPath));
    return { ...found, reportPath, ...unwritten.get(id) };
  };
  const update = (id: string, change: Partial<Demo>): Demo => {
    const next = { ...byId(id), ...change };
    saveDemo(deps.catalog, next);
    deps.changes.announce('demo');
    return next;
  };

  const begin = (demo: Demo): void => {
    const work = deps.activities.begin({
      kind: 'demo',
      title: `Demo, seed ${demo.seed}`,
      about: { feature: 'demo', id: demo.id },
    });
    const done = runStages(deps, demo, work, (change) => update(demo.id, change))
      .catch((error: unknown) => {
        // A closing core leaves the demo running: the next one goes on with it.
        if (work.signal.aborted && byId(demo.id).state === 'running') return;
        if (byId(demo.id).state !== 'running') return;
        const end: Partial<Demo> = { state: 'failed', error: messageOf(error), endedAt: deps.now() };
        try {
          update(demo.id, end);
        } catch {
          unwritten.set(demo.id, end);
          deps.changes.announce('demo');
        }
      })
      .finally(() => {
        running.delete(demo.id);
        work.end();
      });
    running.set(demo.id, { done, work });
  };

  const start = (seed: number): Demo => {
    for (const [id, end] of unwritten) {
      update(id, end);
      unwritten.delete(id);
    }
    const busy = findDemos(deps.catalog, sql`state = 'running'`)[0];
    if (busy)
      throw new CoreError('conflict', 'A demo is running in this lab already. Wait for its end or stop it.', {
        id: busy.id,
      });
    const demo: Demo = {
      id: randomUUID(),
      seed,
      state: 'running',
      stage: 'prepare',
      error: null,
      jobId: null,
      checkpoints: newCheckpoints(),
      reportPath: null,
      recorded: false,
      startedAt: deps.now(),
      endedAt: null,
    };
    saveDemo(deps.catalog, demo);
    deps.changes.announce('demo');
    begin(demo);
    return demo;
  };

  const result = async (id: string): Promise<DemoResult> => {
    const demo = byId(id);
    if (demo.state !== 'done' || !demo.reportPath)
      throw new CoreError(
        'conflict',
        demo.error ?? `The demo is ${demo.state} (${demo.stage}); it has no result yet.`,
      );
    const result = await measured(deps, demo);
    return {
      demo,
      ...result,
      pValue: result.comparison.pValue,
      seconds: ((demo.endedAt ?? deps.now()) - demo.startedAt) / 1000,
      reportPath: demo.reportPath,
    };
  };

  return {
    start: (input) => start(input.seed),
    latest: () => {
      const newest = findDemos(deps.catalog)[0];
      return newest ? byId(newest.id) : null;
    },
    result: (input) => result(input.id),
    stop: async (input) => {
      const demo = byId(input.id);
      if (demo.state !== 'running') return demo;
      const stopped = update(demo.id, { state: 'stopped', endedAt: deps.now() });
      const active = running.get(demo.id);
      if (active) deps.activities.cancel(active.work.id);
      // What is only just being started is stopped by the stage that starts it.
      if (demo.stage === 'train') await stopWork(deps, { jobId: demo.jobId });
      if (demo.stage.startsWith('evaluate'))
        for (const { tasksEvalId, openEvalId } of demo.checkpoints)
          for (const evalId of [tasksEvalId, openEvalId]) await stopWork(deps, { evalId });
      return stopped;
    },
    async *run(input, { signal }) {
      const unfinished = findDemos(deps.catalog, sql`state = 'running' AND seed = ${input.seed}`)[0];
      const demo = unfinished ?? start(input.seed);
      while (!signal?.aborted) {
        const now = byId(demo.id);
        if (now.state === 'done') {
          yield { kind: 'result', result: await result(demo.id) };
          return;
        }
        if (now.state !== 'running')
          throw new CoreError('conflict', now.error ?? `The demo was ${now.state}.`);
        const shown = deps.activities.list().at(-1);
        yield {
          kind: 'progress',
          stage: now.stage,
          text: shown?.phase ?? '',
          done: shown?.done ?? 0,
          total: shown?.total ?? null,
        };
        await Promise.race([running.get(demo.id)?.done, new Promise((resolve) => setTimeout(resolve, 500))]);
      }
      throw new CoreError(
        'cancelled',
        'Stopped watching. A run that was started goes on; the same command picks it up again.',
      );
    },
    resumeInterrupted: () => {
      for (const demo of findDemos(deps.catalog, sql`state = 'running'`)) begin(demo);
    },
    close: async () => {
      for (const { work } of running.values()) deps.activities.cancel(work.id);
      await Promise.allSettled([...running.values()].map((r) => r.done));
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
