// A shared folder is made by one setup at a time, and a dead holder blocks nobody.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withLock } from '../../resources/setup/lock.mjs';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forethought-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('lets one in at a time and goes away after a failure', async () => {
  const path = join(folder, 'deep', 'x.lock');
  const order: string[] = [];
  const work = (name: string) =>
    withLock(
      path,
      () => {},
      async () => {
        order.push(`${name} in`);
        await new Promise((resolve) => setTimeout(resolve, 20));
        order.push(`${name} out`);
      },
    );
  await Promise.all([work('a'), work('b')]);
  expect(order).toEqual(['a in', 'a out', 'b in', 'b out']);
  const failing = withLock(
    path,
    () => {},
    () => Promise.reject(new Error('no')),
  );
  await expect(failing).rejects.toThrow('no');
  expect(existsSync(path)).toBe(false);
});

it('names itself as the holder and takes over from a dead one', async () => {
  const path = join(folder, 'x.lock');
  writeFileSync(path, '999999999');
  const holder = await withLock(
    path,
    () => {},
    async () => readFileSync(path, 'utf8'),
  );
  expect(holder).toBe(String(process.pid));
});
