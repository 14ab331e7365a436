// Which Python the setup takes, and the sentences for no Python, an old one, and one without venv.
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../resources/setup/step.mjs';
import { type BareClone, bareClone } from './bare-clone.ts';

let clone: BareClone;
beforeEach(() => {
  clone = bareClone();
});

/** A python3 that answers the probe as the given version would. */
function fakePython(name: string, version: number[], venv = true): string {
  const path = join(clone.programs, name);
  clone.program(name, `echo '${JSON.stringify({ version, path, venv })}'`);
  return path;
}

/** Runs the Python step in a process whose PATH holds only the fakes. */
async function step(env: NodeJS.ProcessEnv = {}): Promise<{ finding: Finding; failure: string }> {
  clone.write(
    'probe.mjs',
    `import { python } from './resources/setup/python.mjs';
     const context = { purpose: 'terminal', say: () => {} };
     const finding = await python.check(context);
     let failure = '';
     if (finding.state !== 'ok') await python.make(context).catch((error) => {
       failure = [error.message, error.why, error.next].join('\\n');
     });
     console.log(JSON.stringify({ finding, failure }));`,
  );
  const { stdout, stderr } = await clone.run(['probe.mjs'], { PATH: clone.programs, ...env });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

describe('python step', () => {
  it('no Python at all', async () => {
    const { finding, failure } = await step();
    expect(finding).toMatchObject({ state: 'broken', detail: 'No Python was found on the PATH.' });
    expect(failure).toMatch(
      /cannot be made\.\nNo Python was found on the PATH\.\nInstall Python 3\.11 or newer/,
    );
  });

  it('Python 3.9 only', async () => {
    const path = fakePython('python3', [3, 9, 2]);
    const { finding, failure } = await step();
    const detail = `Found only Python 3.9.2 (${path}); the trainer needs Python 3.11 to 3.14.`;
    expect(finding).toMatchObject({ state: 'broken', detail });
    expect(failure).toContain('python3-venv');
  });

  it('passes over an old python3 for a newer name', async () => {
    fakePython('python3', [3, 9, 2]);
    fakePython('python3.12', [3, 12, 1]);
    const { finding } = await step();
    expect(finding).toMatchObject({ state: 'missing', detail: 'environment not made yet' });
  });

  it('a Python without venv', async () => {
    const path = fakePython('python3', [3, 11, 2], false);
    const { finding } = await step();
    expect(finding.detail).toBe(
      `Python 3.11.2 (${path}) cannot make environments: its venv or ensurepip module is missing.`,
    );
  });

  it('a failing venv leaves no stamp, so the next run begins anew', async () => {
    const probe = JSON.stringify({ version: [3, 11, 2], path: join(clone.programs, 'python3'), venv: true });
    clone.program(
      'python3',
      `if [ "$1" = "-c" ]; then echo '${probe}'; else echo "disk full" >&2; exit 1; fi`,
    );
    const { failure } = await step();
    expect(failure).toContain('could not be made.\ndisk full');
    expect((await step()).finding.state).toBe('missing');
  });

  it('FORETHOUGHT_PYTHON that is too old, or not there', async () => {
    const old = fakePython('python-old', [3, 9, 2]);
    const first = await step({ FORETHOUGHT_PYTHON: old });
    expect(first.finding.detail).toBe(
      `FORETHOUGHT_PYTHON=${old} is Python 3.9.2; the trainer needs 3.11 or newer`,
    );
    expect(first.failure).toContain('FORETHOUGHT_PYTHON cannot run the trainer.');
    const second = await step({ FORETHOUGHT_PYTHON: '/nowhere/python' });
    expect(second.finding.detail).toBe('FORETHOUGHT_PYTHON=/nowhere/python does not start as Python');
  });
});
