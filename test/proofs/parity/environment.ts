// The Python environment with torch, transformers and PEFT, made when a proof or a bench asks for it and kept for this user.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findPython, whyUnusable } from '../../../resources/setup/find-python.mjs';
import { withLock } from '../../../resources/setup/lock.mjs';
import { fileHash, inCache, pythonIn } from '../../../resources/setup/paths.mjs';

const requirements = join(import.meta.dirname, 'requirements.txt');
/** Where torch can be had without two gigabytes of CUDA; a machine that cannot reach it gets the ordinary one. */
const CPU_TORCH = 'https://download.pytorch.org/whl/cpu';

/** Its interpreter. Throws with pip's last words where the packages cannot be had. */
export async function torchPython(): Promise<string> {
  const folder = inCache(`torch-${fileHash(requirements)?.slice(0, 12)}`);
  const python = pythonIn(folder);
  const stamp = join(folder, 'complete');
  const say = (line: string) => console.error(`torch: ${line}`);
  await withLock(`${folder}.lock`, say, async () => {
    if (existsSync(stamp) && existsSync(python)) return;
    const { usable, seen } = await findPython();
    if (usable === null) throw new Error(whyUnusable(seen));
    say(`making ${folder}, about 1.3 GB; this takes some minutes`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(dirname(folder), { recursive: true });
    execFileSync(usable.path, ['-m', 'venv', folder]);
    const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--retries', '1'];
    execFileSync(python, [...args, '--extra-index-url', CPU_TORCH, '-r', requirements], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    writeFileSync(stamp, '');
  });
  return python;
}
