// The command `forethought` and the setup before anything is installed, and how arguments, exit codes and signals pass through.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bareClone } from './bare-clone.ts';

const forethought = 'resources/setup/forethought.mjs';

describe('with nothing installed', () => {
  it('doctor --json finds what is missing and how to get it', async () => {
    const { code, stdout } = await bareClone().run([forethought, 'doctor', '--json']);
    const { ready, findings } = JSON.parse(stdout);
    expect(code).toBe(1);
    expect(ready).toBe(false);
    const states = Object.fromEntries(findings.map((f: { id: string; state: string }) => [f.id, f.state]));
    expect(states).toMatchObject({ 'node-packages': 'missing', 'node-24': 'missing', builds: 'missing' });
    for (const finding of findings) if (finding.state === 'missing') expect(finding.fix).toBeTruthy();
  });

  it('doctor prints a table, --help, and refuses what it does not know', async () => {
    const clone = bareClone();
    const table = await clone.run([forethought, 'doctor']);
    expect(table.stdout).toMatch(/Node packages\s+missing\s+not installed\n\s+next: npm run setup/);
    const help = await clone.run([forethought, 'doctor', '--help']);
    expect([help.code, help.stdout.includes('--json')]).toEqual([0, true]);
    for (const args of [
      ['--lab', 'somewhere', 'doctor', '--json'],
      ['--json', 'doctor', '--lab=somewhere'],
    ])
      expect(JSON.parse((await clone.run([forethought, ...args])).stdout).ready).toBe(false);
    expect((await clone.run([forethought, 'help', 'doctor'])).stdout).toBe(help.stdout);
    const wrong = await clone.run([forethought, 'doctor', '--jsn']);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('"--jsn"')]);
  });

  it('any other verb says that the setup comes first', async () => {
    const { code, stderr } = await bareClone().run([forethought, 'datasets', 'list']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('npm run setup')]);
  });

  it('the setup tries npm twice, then says what, why and what next, and exits with 1', async () => {
    const clone = bareClone();
    clone.program(
      'npm',
      `echo "$@" >> ${clone.folder}/calls; echo "npm error network unreachable" >&2; exit 1`,
    );
    const { code, stdout } = await clone.run(['resources/setup/setup.mjs', '--for', 'terminal']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/What: The npm packages could not be installed\.\n/);
    expect(stdout).toMatch(/Why: {2}npm error network unreachable\n/);
    expect(stdout).toMatch(/Next: Check that the npm registry can be reached/);
    const calls = readFileSync(join(clone.folder, 'calls'), 'utf8').trim().split('\n');
    expect(calls).toEqual(Array(2).fill('ci --ignore-scripts --no-audit --no-fund'));
  });

  it('npm test ends with a line of counts even when the setup fails', async () => {
    const clone = bareClone();
    clone.program('npm', 'exit 1');
    const { code, stdout } = await clone.run(['resources/setup/test.mjs']);
    expect([code, stdout.trimEnd().split('\n').at(-1)]).toEqual([1, '0 passed, 1 failed, 0 skipped']);
  });
});

describe('with Node 24 in place', () => {
  function withCli(script: string) {
    const clone = bareClone();
    clone.installNode();
    clone.write('core/cli.ts', script);
    return clone;
  }

  it('passes arguments and the exit code', async () => {
    const clone = withCli('console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 7;');
    const { code, stdout } = await clone.run([forethought, 'evals', 'run', '--n', '3', 'a b']);
    expect([code, JSON.parse(stdout)]).toEqual([7, ['evals', 'run', '--n', '3', 'a b']]);
  });

  it('passes SIGTERM on and waits for the answer', async () => {
    const clone = withCli(
      "process.on('SIGTERM', () => { console.log('tidied'); process.exit(5); }); setInterval(() => {}, 1000); console.log('up');",
    );
    const child = spawn(process.execPath, [forethought, 'x'], { cwd: clone.folder, env: clone.env() });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      if (String(chunk).includes('up')) child.kill('SIGTERM');
    });
    const [code] = await once(child, 'close');
    expect([code, output]).toEqual([5, 'up\ntidied\n']);
  });

  it('a command that a signal ended exits with 128 + n', async () => {
    const clone = withCli("process.kill(process.pid, 'SIGKILL');");
    expect((await clone.run([forethought, 'x'])).code).toBe(137);
  });
});
