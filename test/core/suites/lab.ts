// Suites over a catalog of their own, rows in memory and a stand-in for the sandbox, for tests.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createActivities } from '../../../core/catalog/activities.ts';
import { openCatalog } from '../../../core/catalog/catalog.ts';
import { createChanges } from '../../../core/catalog/changes.ts';
import { CoreError } from '../../../core/contract/errors.ts';
import { Settings } from '../../../core/contract/settings.ts';
import type { Executor } from '../../../core/rewards/evidence.ts';
import { createSuites } from '../../../core/suites/suites.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { numberRow } from '../evals/eval-lab.ts';

export const context = { signal: undefined };

export const mine = {
  name: 'mine',
  structure: 'four-step@1',
  parts: [
    { id: 'format', fn: 'structure', weight: 1 },
    { id: 'answer', fn: 'answer', weight: 3 },
  ],
};

const noSandbox: Executor = {
  run: async () => {
    throw new CoreError('unavailable', 'Deno is not installed.');
  },
  call: async () => {
    throw new CoreError('unavailable', 'Deno is not installed.');
  },
  close: async () => {},
};

export function openSuitesLab(options: { executor?: Executor; settings?: Partial<Settings> } = {}) {
  const folder = tempFolder();
  const bundlePath = join(folder, 'reward-server.js');
  writeFileSync(bundlePath, '// the code whose hash is part of every suite’s');
  const catalog = openCatalog(join(folder, 'catalog.db'));
  const changes = createChanges();
  const activities = createActivities(changes);
  const suites = createSuites({
    catalog,
    changes,
    activities,
    now: () => 1_800_000_000_000,
    settings: () => Settings.parse(options.settings ?? {}),
    bundlePath,
    rowById: (id) => {
      const index = Number(/^sums:main:test:(\d+)$/.exec(id)?.[1]);
      if (Number.isNaN(index)) throw new CoreError('not-found', `There is no row "${id}".`);
      return numberRow(index);
    },
    executor: options.executor ?? noSandbox,
  });
  const file = (name: string, content: unknown) => {
    const path = join(folder, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  };
  return { folder, catalog, activities, suites, file };
}
