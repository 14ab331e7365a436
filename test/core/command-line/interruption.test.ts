// Ctrl+C in the real command line: what is said is true, the exit code is 130, and the same work goes on later.
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openCatalog } from '../../../core/catalog/catalog.ts';
import { sql } from '../../../core/catalog/sql.ts';
import { labPlaces, samplePlaces } from '../../../core/lab/places.ts';
import { unpackSample } from '../../../core/lab/sample.ts';
import { forethought, startForethought } from '../../fixtures/command-line.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

const tiny = 'resources/models/tiny';

function tinyLab(): string {
  const lab = join(tempFolder(), 'lab');
  expect(forethought(['models', 'add', tiny, '--lab', lab]).code).toBe(0);
  const held = ['datasets', 'import', `${tiny}/tasks/held-out.jsonl`, '--as', 'rows', '--split', 'held-out'];
  expect(forethought([...held, '--lab', lab]).code).toBe(0);
  return lab;
}

test('an evaluation is paused, shown so, and goes on with `evals resume`', { timeout: 120_000 }, async () => {
  const lab = tinyLab();
  const args = ['evals', 'start', 'tiny-gemma2', '--source-id', 'tiny-tasks:held-out', '--limit', '200'];
  const running = startForethought([...args, '--lab', lab]);
  await running.said(/answers \d/);
  running.interrupt();
  const { code, out, err } = await running.ended;
  expect([code, out]).toEqual([130, '']);
  const [, done, id] =
    /Paused at (\d+) of 200; continue with `npx forethought evals resume (\S+) --lab /.exec(err) ?? [];
  expect(err).toContain(`--lab ${lab}\``);
  const [shown] = JSON.parse(forethought(['evals', 'list', '--json', '--lab', lab]).out);
  expect(shown).toMatchObject({ id, state: 'paused', done: Number(done), error: null });
  const resumed = forethought(['evals', 'resume', id ?? '', '--json', '--lab', lab]);
  expect(resumed.code).toBe(0);
  expect(JSON.parse(resumed.out)).toMatchObject({ state: 'done', done: 200 });
});

test('a second Ctrl+C leaves at once; nobody is shown as working then', { timeout: 120_000 }, async () => {
  const lab = tinyLab();
  const args = ['evals', 'start', 'tiny-gemma2', '--source-id', 'tiny-tasks:held-out', '--json'];
  const running = startForethought([...args, '--lab', lab]);
  await running.said(/answers \d/);
  running.interrupt('SIGTERM');
  await running.said('Stopping');
  running.interrupt('SIGTERM');
  expect((await running.ended).code).toBe(143);
  const [shown] = JSON.parse(forethought(['evals', 'list', '--json', '--lab', lab]).out);
  expect(shown.state).toBe('paused');
});

test('an import is stopped, and nothing of it is kept', { timeout: 60_000 }, async () => {
  const folder = tempFolder();
  const lab = join(folder, 'lab');
  const line = JSON.stringify({ question: 'What is 1 + 1?', answer: '#### 2' });
  writeFileSync(join(folder, 'many.jsonl'), `${line}\n`.repeat(300_000));
  const running = startForethought([
    'datasets',
    'import',
    join(folder, 'many.jsonl'),
    '--as',
    'gsm8k',
    '--split',
    'train',
    '--lab',
    lab,
  ]);
  await running.said(/reading rows \d/);
  running.interrupt();
  const { code, err } = await running.ended;
  expect([code, err]).toEqual([130, expect.stringContaining('was stopped. Nothing of it was kept.')]);
  expect(forethought(['datasets', 'list', '--json', '--lab', lab]).out).toBe('[]\n');
});

test('who leaves a run hears that it goes on, and how to see it', { timeout: 60_000 }, async () => {
  const lab = join(tempFolder(), 'lab');
  mkdirSync(lab);
  unpackSample(samplePlaces, labPlaces(lab));
  const catalog = openCatalog(labPlaces(lab).catalog);
  catalog.run(sql`UPDATE jobs SET recorded = 0, state = 'RUNNING'`);
  const [id] = catalog.column(sql`SELECT id FROM jobs`);
  catalog.close();
  const running = startForethought(['jobs', 'wait', String(id), '--lab', lab]);
  await Promise.race([once(running.process, 'exit'), new Promise((resolve) => setTimeout(resolve, 3000))]);
  running.interrupt();
  const { code, err } = await running.ended;
  expect([code, err]).toEqual([
    130,
    expect.stringMatching(/goes on without this terminal, at guarded · step \d+ of 130/),
  ]);
  expect(err).toContain('Leaving (once more leaves at once)');
  expect(err).not.toContain('Stopping');
  expect(err).toContain(`Follow it with \`npx forethought jobs wait ${id} --lab ${lab}\``);
});
