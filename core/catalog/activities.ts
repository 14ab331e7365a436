// Long work inside the core: who works on what, how far, how fast, how to stop it. Features begin one; the status strip shows all.
import { randomUUID } from 'node:crypto';
import { CoreError } from '../contract/errors.ts';
import type { Activity } from '../contract/lab.ts';
import type { Changes } from './changes.ts';

export interface Work {
  readonly id: string;
  /** Aborted when a person stops the work or the core closes. */
  readonly signal: AbortSignal;
  /** Starts a phase anew: count from zero, own rate. */
  phase(text: string, total: number | null): void;
  advance(done: number): void;
  fail(): void;
  end(): void;
}

export interface Activities {
  begin(what: Pick<Activity, 'kind' | 'title' | 'about'> & { cancellable?: boolean }): Work;
  list(): Activity[];
  /** False when nothing of that id is going on. Throws `conflict` when it cannot be stopped. */
  cancel(id: string): boolean;
  /** Aborts everything and waits for nothing. */
  close(): void;
}

interface Entry {
  activity: Activity;
  phaseStartedAt: number;
  controller: AbortController;
}

export function createActivities(changes: Changes, now: () => number = Date.now): Activities {
  const entries = new Map<string, Entry>();
  const touch = () => changes.announce('activities');
  return {
    begin: (what) => {
      const controller = new AbortController();
      const startedAt = now();
      const activity: Activity = {
        id: randomUUID(),
        kind: what.kind,
        title: what.title,
        about: what.about,
        cancellable: what.cancellable ?? true,
        phase: '',
        done: 0,
        total: null,
        ratePerSecond: null,
        leftMs: null,
        failures: 0,
        startedAt,
      };
      const entry: Entry = { activity, phaseStartedAt: startedAt, controller };
      entries.set(activity.id, entry);
      touch();
      return {
        id: activity.id,
        signal: controller.signal,
        phase: (text, total) => {
          Object.assign(activity, { phase: text, total, done: 0, ratePerSecond: null, leftMs: null });
          entry.phaseStartedAt = now();
          touch();
        },
        advance: (done) => {
          activity.done = done;
          const seconds = (now() - entry.phaseStartedAt) / 1000;
          activity.ratePerSecond = done > 0 && seconds > 0 ? done / seconds : null;
          activity.leftMs =
            activity.total !== null && activity.ratePerSecond
              ? (Math.max(0, activity.total - done) / activity.ratePerSecond) * 1000
              : null;
          touch();
        },
        fail: () => {
          activity.failures += 1;
          touch();
        },
        end: () => {
          entries.delete(activity.id);
          touch();
        },
      };
    },
    list: () => [...entries.values()].map((e) => ({ ...e.activity })),
    cancel: (id) => {
      const entry = entries.get(id);
      if (!entry) return false;
      if (!entry.activity.cancellable)
        throw new CoreError(
          'conflict',
          `"${entry.activity.title}" cannot be stopped; it ends by itself in a moment.`,
        );
      entry.controller.abort(new CoreError('cancelled', `"${entry.activity.title}" was stopped.`));
      return true;
    },
    close: () => {
      for (const entry of entries.values())
        entry.controller.abort(new CoreError('cancelled', 'The core is closing.'));
    },
  };
}
