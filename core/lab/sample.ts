// The sample lab: a real recorded run of the demo that a new lab starts with, so that every screen has something true to show.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { openSqlite } from '../catalog/sqlite.ts';
import { diskError } from '../contract/errors.ts';
import type { LabPlaces } from './places.ts';

/** Puts the sample where there is no lab yet. False when there is one, or when this program has no sample. */
export function unpackSample(sample: string, lab: LabPlaces): boolean {
  const packed = join(sample, 'catalog.db.gz');
  if (existsSync(lab.catalog) || !existsSync(packed)) return false;
  try {
    copyTree(join(sample, 'blobs'), lab.blobs);
    copyTree(join(sample, 'reports'), lab.reports);
    // The catalog comes last and by rename: a lab is either not there or whole.
    writeFileSync(`${lab.catalog}.part`, gunzipSync(readFileSync(packed)));
    renameSync(`${lab.catalog}.part`, lab.catalog);
    return true;
  } catch (error) {
    rmSync(`${lab.catalog}.part`, { force: true });
    throw diskError(error, `Preparing the sample lab in ${lab.folder}`);
  }
}

/** Packs a closed lab as the sample, everything in it marked as recorded. Called by record-sample.ts. */
export function packSample(lab: LabPlaces, sample: string): void {
  rmSync(sample, { recursive: true, force: true });
  mkdirSync(sample, { recursive: true });
  const copy = join(sample, 'catalog.db');
  const db = openSqlite(lab.catalog);
  try {
    db.exec(
      `UPDATE jobs SET recorded = 1; UPDATE evaluations SET recorded = 1; UPDATE demos SET recorded = 1;`,
    );
    db.prepare('VACUUM INTO ?').run(copy);
  } finally {
    db.close();
  }
  writeFileSync(`${copy}.gz`, gzipSync(readFileSync(copy), { level: 9 }));
  rmSync(copy);
  copyTree(lab.blobs, join(sample, 'blobs'));
  copyTree(lab.reports, join(sample, 'reports'));
}

function copyTree(from: string, to: string): void {
  if (!existsSync(from)) return;
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const source = join(entry.parentPath, entry.name);
    const target = join(to, source.slice(from.length + 1));
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(source, target);
  }
}
