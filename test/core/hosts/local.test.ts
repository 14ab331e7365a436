// This machine as a host: atomic folders, whole files, byte ranges, commands, who is alive.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createLocalHost } from '../../../core/hosts/local.ts';
import { bootId, startTime } from '../../../core/hosts/processes.ts';
import { python } from '../../fixtures/play-lab.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

const newHost = () => createLocalHost(join(tempFolder(), 'host'));

describe('files', () => {
  it('lets exactly one of many make a folder', async () => {
    const host = newHost();
    const made = await Promise.all(Array.from({ length: 20 }, () => host.makeFolder(host.path('jobs/a'))));
    expect(made.filter(Boolean)).toHaveLength(1);
  });

  it('writes a file whole and leaves nothing beside it', async () => {
    const host = newHost();
    const path = host.path('a/b/c.txt');
    await host.write(path, 'one');
    await Promise.all(['two', 'three'.repeat(1000)].map((text) => host.write(path, text)));
    expect(['two', 'three'.repeat(1000)]).toContain(readFileSync(path, 'utf8'));
    expect(readdirSync(host.path('a/b'))).toEqual(['c.txt']);
  });

  it('leaves the old file and no rest behind when a copy fails', async () => {
    const host = newHost();
    await host.write(host.path('x'), 'old');
    await expect(host.putFile(join(host.root, 'nothing'), host.path('x'))).rejects.toThrow('ENOENT');
    expect(await host.readText(host.path('x'))).toBe('old');
    expect(readdirSync(host.root)).toEqual(['x']);
  });

  it('reads ranges, with the size of the whole', async () => {
    const host = newHost();
    await host.write(host.path('x'), 'abcdef');
    const read = async (offset: number, bytes: number) => {
      const piece = await host.read(host.path('x'), offset, bytes);
      return [piece?.bytes.toString(), piece?.size];
    };
    expect(await read(2, 3)).toEqual(['cde', 6]);
    expect(await read(4, 100)).toEqual(['ef', 6]);
    expect(await read(9, 3)).toEqual(['', 6]);
    expect(await host.read(host.path('none'), 0, 1)).toBeNull();
    expect(await host.readText(host.path('none'))).toBeNull();
    expect(await host.exists(host.path('none'))).toBe(false);
  });

  it('removes folders, also ones that are not there', async () => {
    const host = newHost();
    mkdirSync(host.path('d/e'), { recursive: true });
    writeFileSync(host.path('d/e/f'), '');
    await host.remove(host.path('d'));
    await host.remove(host.path('d'));
    expect(await host.exists(host.path('d'))).toBe(false);
  });
});

describe('commands', () => {
  it('gives code and output', async () => {
    const result = await newHost().run(['sh', '-c', 'echo out; echo err >&2; exit 3'], { timeoutMs: 10_000 });
    expect(result).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n', timedOut: false });
  });

  it('ends one that takes too long', async () => {
    const result = await newHost().run(['sleep', '60'], { timeoutMs: 100 });
    expect(result).toMatchObject({ code: null, timedOut: true });
  });

  it('says like a shell that there is no such program', async () => {
    const result = await newHost().run(['/no/such/program'], { timeoutMs: 1000 });
    expect(result).toMatchObject({ code: 127, stderr: expect.stringContaining('/no/such/program') });
  });
});

describe('who is alive', () => {
  it('is decided by boot, process and start time together', async () => {
    const host = newHost();
    const own = { bootId: await bootId(), pid: process.pid, startTime: (await startTime(process.pid)) ?? '' };
    expect(await host.isAlive(own)).toBe(true);
    expect(await host.isAlive({ ...own, startTime: `${own.startTime}1` })).toBe(false);
    expect(await host.isAlive({ ...own, bootId: 'another' })).toBe(false);
  });

  it('ends with the process, also while nobody has asked for its exit code', async () => {
    const child = spawn('sh', ['-c', 'sleep 60 & exec sleep 60'], { stdio: 'ignore' });
    const identity = {
      bootId: await bootId(),
      pid: child.pid ?? 0,
      startTime: (await startTime(child.pid ?? 0)) ?? '',
    };
    expect(await newHost().isAlive(identity)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await newHost().isAlive(identity)).toBe(false);
    // A zombie: its parent is a Python that never waits.
    const script =
      'import os, time\npid = os.fork()\nif pid == 0: os._exit(0)\nprint(pid, flush=True)\ntime.sleep(60)';
    const parent = spawn(python, ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    const zombie = Number(String((await once(parent.stdout, 'data'))[0]));
    for (let i = 0; i < 100 && (await startTime(zombie)) !== null; i++) await sleep(20);
    expect(await startTime(zombie)).toBeNull();
    parent.kill('SIGKILL');
  });

  it.runIf(process.platform === 'linux')('agrees with the words of the shim', async () => {
    const shim = join(import.meta.dirname, '../../../resources/trainer/host');
    const script = `import sys; sys.path.insert(0, ${JSON.stringify(shim)}); import shim; print(shim.boot_id(), shim.start_time(${process.pid}))`;
    const { stdout } = await newHost().run([python, '-c', script], { timeoutMs: 20_000 });
    expect(stdout.trim()).toBe(`${await bootId()} ${await startTime(process.pid)}`);
  });
});
