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
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { openSqlite } from '../catalog/sqlite.ts';
import { diskError } from '../contract/errors.ts';
import { type LabPlaces, programFolder } from './places.ts';

/** What a sample consists of; `base` is the embedded model, whose files it shares instead of repeating them. */
export interface SamplePlaces {
  sample: string;
  base: string;
}

/** Puts the sample where there is no lab yet. False when there is one, or when this program has no sample. */
export function unpackSample({ sample, base }: SamplePlaces, lab: LabPlaces): boolean {
  const packed = join(sample, 'catalog.db.gz');
  if (existsSync(lab.catalog) || !existsSync(packed)) return false;
  try {
    for (const { name, sha256 } of baseFiles(base))
      copyFile(join(base, name), join(lab.blobs, sha256.slice(0, 2), sha256));
    for (const part of ['blobs', 'reports', 'host']) copyTree(join(sample, part), join(lab.folder, part));
    // The catalog comes last and by rename: a lab is either not there or whole.
    writeFileSync(`${lab.catalog}.part`, gunzipSync(readFileSync(packed)));
    renameSync(`${lab.catalog}.part`, lab.catalog);
    return true;
  } catch (error) {
    rmSync(`${lab.catalog}.part`, { force: true });
    throw diskError(error, `Preparing the sample lab in ${lab.folder}`);
  }
}

/** Packs a closed lab as the sample, everything in it marked as recorded, without a path of the machine that made it. */
export function packSample(lab: LabPlaces, { sample, base }: SamplePlaces): void {
  rmSync(sample, { recursive: true, force: true });
  mkdirSync(sample, { recursive: true });
  packCatalog(lab, sample);
  const shared = new Set(baseFiles(base).map((file) => file.sha256));
  copyTree(lab.blobs, join(sample, 'blobs'), (name) => !shared.has(name));
  copyTree(lab.reports, join(sample, 'reports'));
  const host = join(lab.folder, 'host');
  for (const path of filesUnder(host).filter((p) => /[/\\](stdout|stderr)\.log$/.test(p))) {
    const target = join(sample, 'host', path.slice(host.length + 1));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, placeless(lab, readFileSync(path, 'utf8')));
  }
}

function packCatalog(lab: LabPlaces, sample: string): void {
  const copy = join(sample, 'catalog.db');
  const original = openSqlite(lab.catalog);
  try {
    original.prepare('VACUUM INTO ?').run(copy);
  } finally {
    original.close();
  }
  const db = openSqlite(copy);
  try {
    db.exec(
      `UPDATE jobs SET recorded = 1; UPDATE evaluations SET recorded = 1; UPDATE demos SET recorded = 1;`,
    );
    for (const [place, name] of placeNames(lab)) {
      db.prepare('UPDATE jobs SET spec = replace(spec, ?, ?), command = replace(command, ?, ?)').run(
        ...[place, name, place, name],
      );
      db.prepare('UPDATE demos SET report_path = replace(report_path, ?, ?)').run(place, name);
      db.prepare('UPDATE snapshots SET sources = replace(sources, ?, ?)').run(place, name);
    }
    db.exec('VACUUM');
  } finally {
    db.close();
  }
  writeFileSync(`${copy}.gz`, gzipSync(readFileSync(copy), { level: 9 }));
  for (const end of ['', '-wal', '-shm']) rmSync(`${copy}${end}`, { force: true });
}

/** Folders of the recording machine and what a reader sees in their place; longer paths first. */
function placeNames(lab: LabPlaces): [string, string][] {
  return [
    [lab.folder, '<lab>'],
    [programFolder, '<program>'],
    [homedir(), '<home>'],
  ];
}

function placeless(lab: LabPlaces, text: string): string {
  return placeNames(lab).reduce((all, [place, name]) => all.replaceAll(place, name), text);
}

const Manifest = z.object({ files: z.record(z.string(), z.object({ sha256: z.string() })) });

function baseFiles(base: string): { name: string; sha256: string }[] {
  const manifest = Manifest.parse(JSON.parse(readFileSync(join(base, 'manifest.json'), 'utf8')));
  return Object.entries(manifest.files).map(([name, { sha256 }]) => ({ name, sha256 }));
}

function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function copyTree(from: string, to: string, wanted: (name: string) => boolean = () => true): void {
  for (const path of filesUnder(from))
    if (wanted(path.split(/[/\\]/).at(-1) ?? '')) copyFile(path, join(to, path.slice(from.length + 1)));
}

function copyFile(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}
