// The closing line of `npm test` may never be better than the truth: how results are read and what an odd end counts as.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { junitCounts, vitestCounts } from './run-all/counts.ts';
import { run } from './run-all/runner.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forethought-run-all-'));
  vi.spyOn(console, 'log').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

function file(text: string): string {
  const path = join(folder, 'report');
  writeFileSync(path, text);
  return path;
}

it('reads vitest, counts a file that could not be loaded, and takes the report away', () => {
  const test = (fullName: string, status: string) => ({ fullName, status });
  const path = file(
    JSON.stringify({
      testResults: [
        { name: 'a', status: 'failed', assertionResults: [test('one', 'passed'), test('two', 'failed')] },
        { name: 'b', status: 'passed', assertionResults: [test('three', 'pending'), test('four', 'todo')] },
        { name: 'c', status: 'failed', message: 'Cannot find x\nat y', assertionResults: [] },
      ],
    }),
  );
  expect(vitestCounts(path)).toEqual({
    passed: 1,
    failed: 2,
    skipped: 2,
    notes: ['FAILED two', 'skipped three', 'skipped four', 'FAILED c: Cannot find x'],
  });
  expect(existsSync(path)).toBe(false);
});

it('reads pytest', () => {
  const path = file(`<?xml version="1.0"?><testsuites><testsuite tests="4">
    <testcase classname="tests.a" name="fine" time="0.1" />
    <testcase classname="tests.a" name="bad"><failure message="assert 1 &gt; 2">text</failure></testcase>
    <testcase classname="tests.a" name="broken"><error message="no fixture" /></testcase>
    <testcase classname="tests.a" name="off"><skipped type="pytest.skip" message="no &quot;data&quot;">x</skipped></testcase>
  </testsuite></testsuites>`);
  expect(junitCounts(path)).toEqual({
    passed: 1,
    failed: 2,
    skipped: 1,
    notes: ['FAILED tests.a.bad', 'FAILED tests.a.broken', 'skipped tests.a.off: no "data"'],
  });
});

it.each([
  ['a tool that succeeds is one passed test', 'process.exit(0)', undefined, [1, 0]],
  ['a tool that fails is one failed test', 'process.exit(2)', undefined, [0, 1]],
  [
    'a tool that a signal ended is one failed test',
    "process.kill(process.pid, 'SIGKILL')",
    undefined,
    [0, 1],
  ],
  ['no report is a failure, whatever the exit code', 'process.exit(0)', 'none', [0, 1]],
  ['a bad end after good tests is a failure of its own', 'process.exit(1)', 'good', [3, 1]],
  ['good tests and a good end', 'process.exit(0)', 'good', [3, 0]],
] as const)('%s', async (_name, script, report, expected) => {
  const counts = () => {
    if (report === 'none') throw new Error('no such file');
    return { passed: 3, failed: 0, skipped: 0, notes: [] };
  };
  const command = [process.execPath, '--eval', script] as const;
  const result = await run({ name: 'x', cwd: folder, command, ...(report ? { count: counts } : {}) });
  expect([result.passed, result.failed]).toEqual(expected);
});
