// The machine that the lab runs on, as a host. Made by createHosts; the root is `<lab>/host`.
import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { copyFile, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { diskError } from '../contract/errors.ts';
import type { CommandResult, Host } from './host.ts';
import { isAlive } from './processes.ts';

export function createLocalHost(root: string): Host {
  let count = 0;
  const temporary = (path: string) => `${path}.tmp-${process.pid}-${count++}`;
  const place = async (path: string, fill: (temp: string) => Promise<void>) => {
    const temp = temporary(path);
    try {
      await mkdir(dirname(path), { recursive: true });
      await fill(temp);
      await sync(temp);
      await rename(temp, path);
      await sync(dirname(path));
    } catch (error) {
      await rm(temp, { force: true });
      throw diskError(error, `Writing ${path}`);
    }
  };
  return {
    id: 'local',
    name: 'This machine',
    kind: 'local',
    root,
    path: (...parts) => join(root, ...parts),
    exists: async (path) => (await statOrNull(path)) !== null,
    read: (path, offset, maxBytes) => readPiece(path, offset, maxBytes),
    readText: (path) => orNull(readFile(path, 'utf8')),
    write: (path, content) =>
      place(path, async (temp) => {
        const file = await open(temp, 'w', 0o644);
        try {
          await file.writeFile(content);
        } finally {
          await file.close();
        }
      }),
    putFile: (from, path) => place(path, (temp) => copyFile(from, temp, constants.COPYFILE_FICLONE)),
    makeFolder: async (path) => {
      try {
        await mkdir(dirname(path), { recursive: true });
        await mkdir(path);
        await sync(dirname(path));
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
        throw diskError(error, `Making the folder ${path}`);
      }
    },
    rename: async (from, to) => {
      await rename(from, to);
      await sync(dirname(to));
    },
    remove: (path) => rm(path, { recursive: true, force: true }),
    run: (argv, { timeoutMs }) => runToEnd(argv, timeoutMs),
    isAlive,
  };
}

async function readPiece(path: string, offset: number, maxBytes: number) {
  const file = await orNull(open(path, 'r'));
  if (file === null) return null;
  try {
    const { size } = await file.stat();
    const length = Math.max(0, Math.min(maxBytes, size - offset));
    const bytes = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await file.read(bytes, filled, length - filled, offset + filled);
      if (bytesRead === 0) break; // cut shorter since we asked for its size
      filled += bytesRead;
    }
    return { bytes: bytes.subarray(0, filled), size };
  } finally {
    await file.close();
  }
}

function runToEnd(argv: readonly string[], timeoutMs: number): Promise<CommandResult> {
  const [command = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      // In a group of its own: a Ctrl+C in the terminal is meant for the command line, not for a launch half done.
      detached: process.platform !== 'win32',
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    const startedAt = performance.now();
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', (error: NodeJS.ErrnoException) => {
      // As a shell says it: the program is not there, or is not one.
      if (error.code !== 'ENOENT' && error.code !== 'EACCES') return reject(error);
      const why = error.code === 'ENOENT' ? 'there is no such program' : 'it may not be run';
      resolve({ code: 127, stdout, stderr: `${command}: ${why}`, timedOut: false });
    });
    child.on('close', (code, signal) =>
      resolve({
        code,
        stdout,
        stderr,
        timedOut: signal === 'SIGKILL' && performance.now() - startedAt >= timeoutMs,
      }),
    );
  });
}

async function statOrNull(path: string) {
  return await orNull(stat(path));
}

async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
