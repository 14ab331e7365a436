// Topics arrive batched, none is lost while a listener is busy, and an aborted listener ends.
import { expect, test } from 'vitest';
import { createActivities } from '../../../core/catalog/activities.ts';
import { createChanges } from '../../../core/catalog/changes.ts';

test('topics that change while a batch is handled come with the next one', async () => {
  const changes = createChanges(1);
  const controller = new AbortController();
  const seen: string[][] = [];
  const done = (async () => {
    for await (const { topics } of changes.follow(controller.signal)) {
      seen.push(topics);
      if (seen.length === 1) changes.announce('evals', 'evals');
      else controller.abort();
    }
  })();
  await Promise.resolve();
  changes.announce('jobs');
  changes.announce('models', 'jobs');
  await done;
  expect(seen).toEqual([['jobs', 'models'], ['evals']]);
});

test('an activity tells count, rate and time left of its phase, and can be stopped', () => {
  let now = 0;
  const activities = createActivities(createChanges(), () => now);
  const work = activities.begin({ kind: 'import', title: 'Import', about: null });
  work.phase('reading', 200);
  now = 2000;
  work.advance(50);
  expect(activities.list()[0]).toMatchObject({ done: 50, total: 200, ratePerSecond: 25, leftMs: 6000 });
  expect(activities.cancel(work.id)).toBe(true);
  expect(work.signal.aborted).toBe(true);
  work.end();
  expect(activities.list()).toEqual([]);
  expect(activities.cancel(work.id)).toBe(false);
});
