// Bytes by SHA-256: same bytes same place, wrong bytes refused, nothing half-written, a full disk says so.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openBlobs, sweepBlobs } from '../../../core/blobs/blobs.ts';
import { canMount, tempFolder } from '../../fixtures/temp-folder.ts';

const sha = (text: string) => createHash('sha256').update(text).digest('hex');

test('put is idempotent and the path is the hash', async () => {
  const blobs = openBlobs(join(tempFolder(), 'blobs'));
  const one = await blobs.put('hello');
  const two = await blobs.put('hello');
  expect(one).toEqual({ sha256: sha('hello'), bytes: 5 });
  expect(two).toEqual(one);
  expect(readFileSync(blobs.path(one.sha256), 'utf8')).toBe('hello');
});

test('a file with other bytes than expected is not kept', async () => {
  const folder = tempFolder();
  const blobs = openBlobs(join(folder, 'blobs'));
  writeFileSync(join(folder, 'file'), 'changed on the way');
  await expect(blobs.putFile(join(folder, 'file'), sha('original'))).rejects.toThrow(/Expected bytes/);
  expect(readdirSync(blobs.folder)).toEqual([]);
});

test('temp files of a killed process are swept, names that are no hash are refused', async () => {
  const blobs = openBlobs(join(tempFolder(), 'blobs'));
  writeFileSync(join(blobs.folder, 'tmp-1-0'), 'half');
  await sweepBlobs(blobs);
  expect(readdirSync(blobs.folder)).toEqual([]);
  expect(() => blobs.path('../../etc/passwd')).toThrow(/not a SHA-256/);
});

test.skipIf(!canMount)('a full disk is a clear error and leaves nothing', async () => {
  const mount = join(tempFolder(), 'small');
  mkdirSync(mount);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', mount]);
  try {
    const blobs = openBlobs(join(mount, 'blobs'));
    await expect(blobs.put(Buffer.alloc(1_000_000))).rejects.toThrow(/disk is full/);
    expect(readdirSync(blobs.folder).filter((n) => n.startsWith('tmp-'))).toEqual([]);
  } finally {
    execFileSync('umount', [mount]);
  }
});
