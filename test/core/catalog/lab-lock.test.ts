// One core per lab, across processes, and never a stale lock after kill -9.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockLab } from '../../../core/catalog/lab-lock.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

function holder(folder: string) {
  const code = `import { lockLab } from './core/catalog/lab-lock.ts'; lockLab(${JSON.stringify(folder)}); console.log('held'); setInterval(() => {}, 1000);`;
  return spawn(process.execPath, ['--input-type=module-typescript', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

test('a second core is refused while the first lives, and welcome after it was killed', async () => {
  const folder = tempFolder();
  const first = holder(folder);
  await once(first.stdout, 'data');
  expect(() => lockLab(folder)).toThrow(new RegExp(`open in another Forethought \\(process ${first.pid}\\)`));
  first.kill('SIGKILL');
  await once(first, 'exit');
  lockLab(folder)();
});

test.each<[string, (folder: string) => string]>([
  ['a file', (folder) => join(folder, 'file')],
  ['a path through a file', (folder) => join(folder, 'file/lab')],
  ['a folder whose lock cannot be opened', (folder) => join(folder, 'odd')],
])('%s is no lab, and is left as it is', (_, place) => {
  const folder = tempFolder();
  writeFileSync(join(folder, 'file'), 'mine');
  mkdirSync(join(folder, 'odd/lab.lock'), { recursive: true });
  const lab = place(folder);
  expect(() => lockLab(lab)).toThrow(
    expect.objectContaining({
      code: 'bad-input',
      message: expect.stringContaining(`--lab: ${lab} is not a folder that can be used as a lab`),
    }),
  );
  expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('mine');
});
