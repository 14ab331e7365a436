// The command line when the machine lets it down: a full disk, no Python or an old one. A sentence, exit 2, nothing changed.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCatalog } from '../../core/catalog/catalog.ts';
import { sql } from '../../core/catalog/sql.ts';
import { labPlaces, samplePlaces } from '../../core/lab/places.ts';
import { unpackSample } from '../../core/lab/sample.ts';
import { forethought } from '../fixtures/command-line.ts';
import { canMount, tempFolder } from '../fixtures/temp-folder.ts';

const tiny = 'resources/models/tiny';

/** Everything that a lab holds, as the command line tells it. */
function contents(lab: string): unknown {
  const { code, out } = forethought(['lab', 'status', '--json', '--lab', lab]);
  expect(code).toBe(0);
  return JSON.parse(out).counts;
}

describe.skipIf(!canMount)('a full disk (needs root to mount a small one)', () => {
  let small: string;
  beforeEach(() => {
    small = tempFolder();
  });
  afterEach(() => {
    execFileSync('umount', ['-l', small]);
  });
  const mount = (size: string) =>
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', small]);

  it('stops an import; the lab is as it was, and goes on when there is room again', {
    timeout: 60_000,
  }, () => {
    mount('8m');
    const filler = join(small, 'filler');
    writeFileSync(filler, Buffer.alloc(2_000_000));
    const lab = join(small, 'lab');
    const file = join(tempFolder(), 'many.jsonl');
    const question = (i: number) =>
      JSON.stringify({ question: `What is ${i} + 1?`, answer: `#### ${i + 1}` });
    writeFileSync(file, Array.from({ length: 60_000 }, (_, i) => question(i)).join('\n'));
    const before = contents(lab);
    const importing = ['datasets', 'import', file, '--as', 'gsm8k', '--split', 'train', '--lab', lab];
    const { code, out, err } = forethought(importing);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(
      /disk is full.*Nothing was changed\. Free some space|may be full.*nothing was changed/,
    );
    expect(contents(lab)).toEqual(before);
    rmSync(filler);
    const few = join(tempFolder(), 'few.jsonl');
    writeFileSync(few, question(1));
    expect(forethought(importing.map((word) => (word === file ? few : word))).code).toBe(0);
  });

  it('stops the report of a demo with a sentence; nothing of it is left', { timeout: 60_000 }, () => {
    const lab = join(tempFolder(), 'lab');
    mkdirSync(lab);
    unpackSample(samplePlaces, labPlaces(lab));
    // As a core leaves it that was killed just before the report.
    const catalog = openCatalog(labPlaces(lab).catalog);
    const [seed] = catalog.column(sql`SELECT seed FROM demos`);
    catalog.run(
      sql`UPDATE demos SET state = 'running', stage = 'report', report_path = NULL, ended_at = NULL`,
    );
    catalog.close();
    rmSync(labPlaces(lab).reports, { recursive: true, force: true });
    mount('64k');
    execFileSync('ln', ['-s', small, labPlaces(lab).reports]);
    const { bavail, bsize } = statfsSync(small);
    writeFileSync(join(small, 'filler'), Buffer.alloc(bavail * bsize - 4096));
    const before = contents(lab);
    const { code, out, err } = forethought(['demo', '--seed', String(seed), '--lab', lab]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/Writing the report .* stopped: the disk is full\..*Free some space/);
    expect(readdirSync(small)).toEqual(['filler']);
    expect(contents(lab)).toEqual(before);
  });
});

describe('a run without the Python that it needs', () => {
  function labToTrainIn(): string {
    const lab = join(tempFolder(), 'lab');
    expect(forethought(['models', 'add', tiny, '--lab', lab]).code).toBe(0);
    const rows = ['datasets', 'import', `${tiny}/tasks/train.jsonl`, '--as', 'rows', '--split', 'train'];
    expect(forethought([...rows, '--lab', lab]).code).toBe(0);
    return lab;
  }
  /** A program that answers as a Python of that version would. */
  function oldPython(version: readonly [number, number, number]): string {
    const path = join(tempFolder(), 'python3');
    writeFileSync(path, `#!/bin/sh\necho '${JSON.stringify({ version, lacks: [] })}'\n`);
    chmodSync(path, 0o755);
    return path;
  }
  const launch = (lab: string, env: NodeJS.ProcessEnv) =>
    forethought(['jobs', 'launch', 'think-first-tiny', '--lab', lab], env);

  it('refuses to launch on Python 3.9, on none, and on one that does not start; no run is left behind', {
    timeout: 120_000,
  }, () => {
    const lab = labToTrainIn();
    const before = contents(lab);
    const blobs = readdirSync(join(lab, 'blobs'));
    const nowhere = tempFolder();
    const cases: [NodeJS.ProcessEnv, RegExp][] = [
      [{ FORETHOUGHT_PYTHON: oldPython([3, 9, 18]) }, /is Python 3\.9\.18; the trainer needs Python 3\.11/],
      [{ FORETHOUGHT_PYTHON: join(nowhere, 'python3') }, /does not start as Python/],
      [
        { FORETHOUGHT_PYTHON: '', XDG_CACHE_HOME: nowhere, PATH: nowhere },
        /There is no Python on this machine[\s\S]*Install Python 3\.11/,
      ],
    ];
    for (const [env, sentence] of cases) {
      const { code, out, err } = launch(lab, env);
      expect(err).toMatch(sentence);
      expect(err).toMatch(/A run cannot start on this machine/);
      expect([code, out]).toEqual([2, '']);
    }
    expect(JSON.parse(forethought(['jobs', 'list', '--json', '--lab', lab]).out)).toEqual([]);
    expect(contents(lab)).toEqual(before);
    expect(readdirSync(join(lab, 'blobs'))).toEqual(blobs);
  });
});
