// Progress: a terminal has one line that is written anew; a file gets a line for each phase and each tenth.
import { expect, test } from 'vitest';
import { createProgressLine } from '../../../core/command-line/progress.ts';
import type { Activity } from '../../../core/contract/lab.ts';

const activity = (change: Partial<Activity>): Activity => ({
  ...{ id: 'a', kind: 'evaluation', title: 'Base', phase: 'answers', done: 0, total: 100 },
  ...{ ratePerSecond: null, leftMs: null, failures: 0, startedAt: 0, cancellable: true, about: null },
  ...change,
});

function lines(isTTY: boolean) {
  const written: string[] = [];
  const out = { isTTY, columns: 60, write: (text: string) => written.push(text) > 0 };
  return { written, line: createProgressLine(out as unknown as NodeJS.WriteStream) };
}

test('in a file every phase and every tenth stands once, also when two works take turns', () => {
  const { written, line } = lines(false);
  for (let done = 0; done <= 100; done++) line.show([activity({ done })]);
  expect(written).toHaveLength(11);
  expect(written[3]).toBe('Base: answers 30 of 100\n');
  line.show([activity({ id: 'demo', title: 'Demo', phase: 'trains', total: null })]);
  line.show([activity({ done: 100 })]);
  line.show([activity({ id: 'demo', title: 'Demo', phase: 'trains', total: null })]);
  line.show([activity({ id: 'demo', title: 'Demo', phase: '' })]);
  expect(written).toHaveLength(12);
  line.clear();
  expect(written).toHaveLength(12);
});

test('in a terminal one line is written anew, never longer than it, and goes away', () => {
  const { written, line } = lines(true);
  line.show([activity({ done: 1, title: 'x'.repeat(80) })]);
  line.show([activity({ done: 1, title: 'x'.repeat(80) })]);
  line.clear();
  line.clear();
  expect(written).toHaveLength(2);
  expect(written[0]).toMatch(/^\r.\[2Kx{58}…$/);
  expect(written[1]).toMatch(/^\r.\[2K$/);
});
