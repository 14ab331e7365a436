// The verbs of the command line: from the cache of this user while the contract is the one they were made from. Used by cli.ts.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeWritableFolder } from '../catalog/make-folder.ts';
import { cacheFolder } from '../hosts/python.ts';
import type { Verb } from './verb.ts';

/** Every verb. The first call after a change of the contract takes some 200 ms longer. */
export async function allVerbs(path = join(cacheFolder(), 'command-line.json')): Promise<Verb[]> {
  const identity = contractIdentity();
  const kept = read(path);
  if (kept?.identity === identity) return kept.verbs;
  const { verbsOfContract } = await import('./verbs-of-contract.ts');
  const verbs = verbsOfContract();
  keep(path, { identity, verbs });
  return verbs;
}

interface Kept {
  identity: string;
  verbs: Verb[];
}

/** SHA-256 over all that the verbs are made from. */
function contractIdentity(): string {
  const folder = join(import.meta.dirname, '..', 'contract');
  const paths = readdirSync(folder).map((name) => join(folder, name));
  const hash = createHash('sha256');
  for (const path of [...paths.sort(), join(import.meta.dirname, 'verbs-of-contract.ts')])
    hash.update(readFileSync(path)).update('\0');
  return hash.digest('hex');
}

function read(path: string): Kept | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Kept;
  } catch {
    return null;
  }
}

/** A cache that cannot be written costs time, nothing else. */
function keep(path: string, kept: Kept): void {
  try {
    makeWritableFolder(dirname(path));
    const part = `${path}.${process.pid}`;
    writeFileSync(part, JSON.stringify(kept));
    renameSync(part, path);
  } catch {
    // the next call derives them again
  }
}
