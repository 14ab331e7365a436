// Finding the trainer's Python: every way in which it can be missing has its own sentence and its own next step.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openCatalog } from '../../../core/catalog/catalog.ts';
import { createHosts } from '../../../core/hosts/hosts.ts';
import { findTrainerPython } from '../../../core/hosts/python.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

let folder: string;
let env: Record<string, string>;
const find = () => findTrainerPython({ trainerFolder: join(folder, 'resources/trainer'), env });
const lock = 'jax==1\n';
const hash = createHash('sha256').update(lock).digest('hex');

beforeEach(() => {
  folder = tempFolder();
  mkdirSync(join(folder, 'resources/trainer'), { recursive: true });
  writeFileSync(join(folder, 'resources/trainer/requirements.lock'), lock);
  mkdirSync(join(folder, 'resources/setup'));
  writeFileSync(join(folder, 'resources/setup/setup.mjs'), '');
  mkdirSync(join(folder, 'bin'));
  env = { PATH: join(folder, 'bin'), XDG_CACHE_HOME: join(folder, 'cache') };
});

/** A program that answers the probe as a Python of that version would. */
function fakePython(path: string, version: number[], lacks: string[] = []): string {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho '${JSON.stringify({ version, lacks })}'\n`);
  chmodSync(path, 0o755);
  return path;
}

function environment(stamp: string | null, version = [3, 11, 7]): string {
  const place = join(folder, `cache/forethought/python-${hash.slice(0, 12)}`);
  fakePython(join(place, 'bin/python'), version);
  if (stamp !== null) writeFileSync(join(place, 'complete'), stamp);
  return place;
}

describe('the environment of the setup', () => {
  it('is taken when its stamp names the lock file', async () => {
    const place = environment(`${hash}\n`);
    expect(await find()).toMatchObject({
      ready: true,
      python: join(place, 'bin/python'),
      version: '3.11.7',
      lockSha256: hash,
      fix: null,
    });
  });

  it.each([
    ['has no stamp', null],
    ['was made for another lock file', 'f'.repeat(64)],
  ])('is not taken when it %s', async (_, stamp) => {
    environment(stamp);
    expect(await find()).toMatchObject({
      ready: false,
      gap: 'incomplete',
      fix: expect.stringContaining('npm start'),
    });
  });

  it('is not taken when it does not start', async () => {
    const place = environment(hash);
    writeFileSync(join(place, 'bin/python'), '#!/nowhere/python\n');
    expect(await find()).toMatchObject({ ready: false, gap: 'broken' });
  });
});

describe('no environment', () => {
  it('and no Python: says how to get one', async () => {
    expect(await find()).toMatchObject({
      ready: false,
      gap: 'no-python',
      detail: expect.stringContaining('no Python'),
      fix: expect.stringContaining('python3-venv'),
    });
  });

  it('and only Python 3.9: says which is needed', async () => {
    fakePython(join(folder, 'bin/python3'), [3, 9, 18]);
    expect(await find()).toMatchObject({
      ready: false,
      gap: 'too-old',
      detail: 'The only Python on this machine is 3.9.18; the trainer needs Python 3.11 to 3.14.',
    });
  });

  it('and a good Python: only the setup is missing', async () => {
    fakePython(join(folder, 'bin/python3'), [3, 9, 18]);
    fakePython(join(folder, 'bin/python3.12'), [3, 12, 1]);
    expect(await find()).toMatchObject({
      ready: false,
      gap: 'not-installed',
      fix: expect.stringContaining('npm start'),
    });
  });
});

describe('FORETHOUGHT_PYTHON', () => {
  it.each([
    ['does not exist', null, [], 'broken', 'does not start'],
    ['is Python 3.9', [3, 9, 18], [], 'too-old', 'is Python 3.9.18'],
    ['is too new', [3, 15, 0], [], 'too-old', '3.11 to 3.14'],
    ['lacks packages', [3, 12, 1], ['jax', 'tunix'], 'not-installed', 'jax, tunix'],
  ])('that %s is refused by name', async (_, version, lacks, gap, words) => {
    env['FORETHOUGHT_PYTHON'] = join(folder, 'mine');
    if (version) fakePython(env['FORETHOUGHT_PYTHON'], version, lacks);
    environment(hash);
    expect(await find()).toMatchObject({ ready: false, gap, detail: expect.stringContaining(words) });
  });

  it('that fits is taken before the environment', async () => {
    environment(hash);
    env['FORETHOUGHT_PYTHON'] = fakePython(join(folder, 'mine'), [3, 12, 1]);
    expect(await find()).toMatchObject({ ready: true, python: join(folder, 'mine'), lockSha256: null });
  });

  it('is asked for real', async () => {
    env['FORETHOUGHT_PYTHON'] = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
      encoding: 'utf8',
    }).trim();
    const found = await find();
    // Whether that one has the packages is the machine's business; that it answered is ours.
    expect(found.ready || found.gap === 'not-installed' || found.gap === 'too-old').toBe(true);
  });
});

describe('a packaged app, which has no setup', () => {
  beforeEach(() => rmSync(join(folder, 'resources/setup'), { recursive: true }));

  it('names one line that installs the trainer where it is looked for', async () => {
    // Stands for python3.12: as a venv it makes an interpreter that answers, as pip it installs nothing.
    const python = fakePython(join(folder, 'bin/python3.12'), [3, 12, 1]);
    const answer = `echo '${JSON.stringify({ version: [3, 12, 1], lacks: [] })}'`;
    writeFileSync(
      python,
      `#!/bin/sh\n[ "$2" = venv ] && { /bin/mkdir -p "$4/bin"; /bin/cp "$0" "$4/bin/python"; }\n${answer}\n`,
    );
    const found = await find();
    expect(found).toMatchObject({ ready: false, gap: 'not-installed' });
    expect(found.fix).not.toContain('npm start');
    const line = found.fix?.slice(found.fix.indexOf('python3.12'));
    execFileSync('/bin/sh', ['-c', line ?? ''], { env });
    expect(await find()).toMatchObject({ ready: true, lockSha256: hash });
  });

  it('and no Python: names both steps', async () => {
    const { fix } = await find();
    expect(fix).toMatch(/^Install Python 3\.11.*Run this line in a terminal.*python3 -m venv/s);
  });
});

it('hosts list says whether this machine can train, and what to do', async () => {
  const catalog = openCatalog(join(folder, 'catalog.db'));
  const hosts = createHosts({
    catalog,
    labFolder: folder,
    resourcesFolder: join(folder, 'resources'),
    now: Date.now,
    env,
  });
  const list = () => hosts.list({}, { signal: undefined });
  expect(await list()).toMatchObject([
    { id: 'local', state: 'not-ready', fix: expect.stringContaining('Install'), running: [] },
  ]);
  environment(hash);
  const later = createHosts({
    catalog,
    labFolder: folder,
    resourcesFolder: join(folder, 'resources'),
    now: Date.now,
    env,
  });
  expect(await later.list({}, { signal: undefined })).toMatchObject([
    { id: 'local', state: 'ready', fix: null },
  ]);
});
