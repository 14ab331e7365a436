// Bytes by SHA-256: written once, never changed. Adapters, snapshots and models live here; the catalog holds only their hashes.
import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdirSync } from 'node:fs';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CoreError, diskError } from '../contract/errors.ts';

export interface Blobs {
  readonly folder: string;
  /** Where a blob lies (whether or not it is there). The path never changes: caches may key on it. */
  path(sha256: string): string;
  has(sha256: string): boolean;
  /** All at once, or part by part. */
  put(bytes: Uint8Array | string | AsyncIterable<string>): Promise<{ sha256: string; bytes: number }>;
  /** Copies a file in; with `expected`, other bytes throw `damaged` and nothing is kept. */
  putFile(path: string, expected?: string): Promise<{ sha256: string; bytes: number }>;
}

export function openBlobs(folder: string): Blobs {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw diskError(error, `Opening the blob store ${folder}`);
  }
  const path = (sha256: string) => {
    if (!/^[0-9a-f]{64}$/.test(sha256))
      throw new CoreError('bad-input', `"${sha256}" is not a SHA-256 in hex.`);
    return join(folder, sha256.slice(0, 2), sha256);
  };
  const keep = async (
    temp: string,
    write: (hash: Hash) => Promise<number>,
    expected?: string,
  ): Promise<{ sha256: string; bytes: number }> => {
    const hash = createHash('sha256');
    try {
      const bytes = await write(hash);
      const sha256 = hash.digest('hex');
      if (expected !== undefined && expected !== sha256)
        throw new CoreError(
          'damaged',
          `Expected bytes with SHA-256 ${expected}, got ${sha256}. The copy was not kept.`,
          {
            expected,
            found: sha256,
          },
        );
      const target = path(sha256);
      mkdirSync(join(folder, sha256.slice(0, 2)), { recursive: true });
      await sync(temp);
      await rename(temp, target);
      await sync(join(folder, sha256.slice(0, 2)));
      return { sha256, bytes };
    } catch (error) {
      await rm(temp, { force: true });
      throw diskError(error, 'Storing bytes in the lab');
    }
  };
  let count = 0;
  const temp = () => join(folder, `tmp-${process.pid}-${count++}`);
  return {
    folder,
    path,
    has: (sha256) => existsSync(path(sha256)),
    put: (bytes) => {
      const place = temp();
      return keep(place, async (hash) => {
        let total = 0;
        const file = await open(place, 'w');
        try {
          for await (const part of isWhole(bytes) ? [bytes] : bytes) {
            const data = typeof part === 'string' ? Buffer.from(part) : part;
            hash.update(data);
            await file.appendFile(data);
            total += data.byteLength;
          }
        } finally {
          await file.close();
        }
        return total;
      });
    },
    putFile: (source, expected) => {
      const place = temp();
      return keep(
        place,
        async (hash) => {
          let bytes = 0;
          const meter = new Transform({
            transform(chunk: Buffer, _encoding, done) {
              hash.update(chunk);
              bytes += chunk.length;
              done(null, chunk);
            },
          });
          await pipeline(createReadStream(source), meter, createWriteStream(place));
          return bytes;
        },
        expected,
      );
    },
  };
}

function isWhole(bytes: Uint8Array | string | AsyncIterable<string>): bytes is Uint8Array | string {
  return typeof bytes === 'string' || bytes instanceof Uint8Array;
}

/** Removes temp files that a killed process left. Called once at start, before anything writes. */
export async function sweepBlobs(blobs: Blobs): Promise<void> {
  for (const name of await readdir(blobs.folder))
    if (name.startsWith('tmp-')) await rm(join(blobs.folder, name), { force: true });
}

/** SHA-256 of a file in hex, streamed. */
export async function hashFile(path: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { sha256: hash.digest('hex'), bytes: (await stat(path)).size };
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
