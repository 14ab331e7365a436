// Holds the product to the table "who may import whom" (ARCHITECTURE.md, test/layers/rules.ts) and names file, line and rule.
import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Import, importsOf } from './layers/imports.ts';
import { heavyObjections, objection } from './layers/rules.ts';

const folders = ['core', 'electron', 'renderer', 'resources/setup'];

function productImports(): Import[] {
  return folders.filter(existsSync).flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|tsx|mjs)$/.test(name))
      .flatMap((name) => importsOf(`${folder}/${name.replaceAll('\\', '/')}`)),
  );
}

const product = productImports();

it('every import of the product keeps to the table', () => {
  const offences = product.flatMap((found) => {
    const why = objection(found);
    return why === null ? [] : [`${found.from}:${found.line} imports ${found.to}: ${why}`];
  });
  expect(offences).toEqual([]);
});

it('each heavy library is hidden behind one file', () => {
  expect(heavyObjections(product)).toEqual([]);
});

it('every imported file of the product exists', () => {
  const missing = product
    .filter((found) => found.kind === 'file' && !existsSync(found.to))
    .map((found) => `${found.from}:${found.line} imports ${found.to}`);
  expect(missing).toEqual([]);
});

describe('the table itself', () => {
  const allowed = [
    ['core/contract/jobs.ts', "import { z } from 'zod';"],
    ['core/rewards/score.ts', "import type { Suite } from '../contract/reward.ts';"],
    ['core/rewards/score.ts', "import { parse } from './parse.ts';"],
    ['core/datasets/import.ts', "import { sql } from '../catalog/sql.ts';"],
    ['core/datasets/import.ts', "import { parse } from '../rewards/parse.ts';"],
    ['core/datasets/deep/er.ts', "import { read } from '../read.ts';"],
    ['core/create-core.ts', "import { createJobs } from './jobs/jobs.ts';"],
    ['electron/main.ts', "import { app } from 'electron';"],
    ['electron/core-host.ts', "import type { CoreState } from '../core/contract/native.ts';"],
    ['renderer/ui/tabs.tsx', "import { Tabs } from '@base-ui/react/tabs';"],
    ['renderer/jobs/run.tsx', "import { Button } from '../ui/button.tsx';"],
    ['renderer/jobs/run.tsx', "import { callCore } from '../core.ts';"],
    ['renderer/shell/rail.tsx', "import { RunScreen } from '../jobs/run.tsx';"],
  ] as const;
  it.each(allowed)('allows in %s: %s', (from, text) => {
    expect(importsOf(from, text).map(objection)).toEqual([null]);
  });

  const forbidden = [
    ['core/contract/jobs.ts', "import { readFileSync } from 'node:fs';"],
    ['core/contract/jobs.ts', "import { launch } from '../jobs/launch.ts';"],
    ['core/rewards/score.ts', "import { Suite } from '../contract/reward.ts';"],
    ['core/rewards/server.ts', "import { hash } from 'node:crypto';"],
    ['core/rewards/score.ts', "import { z } from 'zod';"],
    ['core/catalog/open.ts', "import { launch } from '../jobs/launch.ts';"],
    ['core/datasets/import.ts', "import { launch } from '../jobs/launch.ts';"],
    ['core/datasets/import.ts', "import type { Launch } from '../jobs/launch.ts';"],
    ['core/datasets/import.ts', "const launch = await import('../jobs/launch.ts');"],
    ['core/datasets/import.ts', "export { launch } from '../jobs/launch.ts';"],
    ['core/datasets/import.ts', "import { app } from 'electron';"],
    ['core/datasets/import.ts', "import { useState } from 'react';"],
    ['core/datasets/import.ts', "import Database from 'better-sqlite3';"],
    ['electron/main.ts', "import { createCore } from '../core/create-core.ts';"],
    ['electron/main.ts', "import { sql } from '../core/catalog/sql.ts';"],
    ['renderer/ui/tabs.tsx', "import { callCore } from '../core.ts';"],
    ['renderer/ui/tabs.tsx', "import { RunScreen } from '../jobs/run.tsx';"],
    ['renderer/jobs/run.tsx', "import { Rows } from '../datasets/rows.tsx';"],
    ['renderer/jobs/run.tsx', "import { sql } from '../../core/catalog/sql.ts';"],
    ['renderer/jobs/run.tsx', "import { readFileSync } from 'node:fs';"],
    ['renderer/jobs/run.tsx', "import { Tabs } from '@base-ui/react/tabs';"],
    ['resources/setup/step.mjs', "import { z } from 'zod';"],
    ['core/jobs/launch.ts', "import { secret } from '../../../elsewhere/file.ts';"],
    ['stray/file.ts', "import { z } from 'zod';"],
  ] as const;
  it.each(forbidden)('forbids in %s: %s', (from, text) => {
    expect(importsOf(from, text).map(objection)).not.toContain(null);
  });

  it('is not fooled by comments and strings, and counts lines', () => {
    const text = [
      "// import { a } from 'electron';",
      'const text = "import { b } from \'react\'";',
      "/* import('node:fs') */ const pattern = /['\"]/;",
      "import { c } from './c.ts';",
      'export const all = [text, pattern, c];',
    ].join('\n');
    const found = importsOf('core/contract/x.ts', text);
    expect(found.map(({ to, line }) => [to, line])).toEqual([['core/contract/c.ts', 4]]);
  });

  it('names a heavy library in the wrong place and one in two files', () => {
    const text = "import Database from 'better-sqlite3';";
    const once = importsOf('core/catalog/sqlite.ts', text);
    expect(heavyObjections(once)).toEqual([]);
    expect(heavyObjections([...once, ...importsOf('core/jobs/ingest.ts', text)])).toEqual([
      'core/jobs/ingest.ts:1 imports better-sqlite3: it belongs to one file in core/catalog/',
      'better-sqlite3 is imported by core/catalog/sqlite.ts and core/jobs/ingest.ts: one file should hide it',
    ]);
  });
});
