// A clone in which nothing is installed: a copy of the setup in a temporary folder, with own caches. Used by the tests of the setup.
import { spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { rootFolder } from '../../resources/setup/paths.mjs';

export interface BareClone {
  folder: string;
  cache: string;
  /** A folder for programs that stand before everything else on the PATH. */
  programs: string;
  write(path: string, text: string): void;
  /** Makes an executable shell script among the programs. */
  program(name: string, script: string): void;
  /** Gives it a Node 24, as the setup would. */
  installNode(): void;
  run(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended>;
  env(extra?: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
}

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export function bareClone(): BareClone {
  const folder = mkdtempSync(join(tmpdir(), 'forethought-clone-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const path of [
    'resources/setup',
    'resources/trainer/requirements.lock',
    'package.json',
    'package-lock.json',
    '.npmrc',
  ]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(rootFolder, path), join(folder, path), { recursive: true });
  }
  const cache = join(folder, '.cache');
  const programs = join(folder, '.programs');
  mkdirSync(programs);
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const env = (extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
    ...process.env,
    FORETHOUGHT_PYTHON: '',
    FORETHOUGHT_ELECTRON: '',
    PATH: `${programs}:/usr/bin:/bin`,
    XDG_CACHE_HOME: cache,
    ...extra,
  });
  return {
    folder,
    cache,
    programs,
    write,
    env,
    program(name, script) {
      writeFileSync(join(programs, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(programs, name), 0o755);
    },
    installNode() {
      mkdirSync(join(folder, 'node_modules', 'node', 'bin'), { recursive: true });
      symlinkSync(process.execPath, join(folder, 'node_modules', 'node', 'bin', 'node'));
    },
    run(args, extra) {
      return new Promise((resolve) => {
        const child = spawn(process.execPath, args, { cwd: folder, env: env(extra) });
        const ended: Ended = { code: null, stdout: '', stderr: '' };
        child.stdout.on('data', (chunk) => {
          ended.stdout += chunk;
        });
        child.stderr.on('data', (chunk) => {
          ended.stderr += chunk;
        });
        child.on('close', (code) => resolve({ ...ended, code }));
      });
    },
  };
}
