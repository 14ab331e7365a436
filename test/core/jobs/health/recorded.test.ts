// The health of the recorded run: rules that change must not find wrong what was well.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { openCatalog } from '../../../../core/catalog/catalog.ts';
import { sql } from '../../../../core/catalog/sql.ts';
import { JobSpec } from '../../../../core/contract/job-spec.ts';
import { jobHealth } from '../../../../core/jobs/health/health.ts';
import { specText } from '../../../../core/jobs/records.ts';
import { rootFolder } from '../../../../resources/setup/paths.mjs';
import { tempFolder } from '../../../fixtures/temp-folder.ts';

it('is well: its entropy alone is to be watched', () => {
  const path = join(tempFolder(), 'catalog.db');
  writeFileSync(path, gunzipSync(readFileSync(join(rootFolder, 'resources/sample-lab/catalog.db.gz'))));
  const catalog = openCatalog(path);
  const [id] = catalog.column(sql`SELECT id FROM jobs`) as string[];
  const found = jobHealth(catalog, id!, JobSpec.parse(JSON.parse(specText(catalog, id!))));
  catalog.close();
  expect(found.length).toBeGreaterThan(7);
  expect(found.filter(({ level }) => level !== 'ok').map(({ rule, level }) => [rule, level])).toEqual([
    ['entropy-collapse', 'notice'],
  ]);
});
