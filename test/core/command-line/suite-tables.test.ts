// What a person reads of suites in a terminal: the figures that matter, in words, from results of a real lab.
import { expect, test } from 'vitest';
import {
  printAttacks,
  printCheck,
  printDiff,
  printExplained,
  printKept,
  printParts,
  printSuite,
  printTry,
} from '../../../core/command-line/suite-tables.ts';
import { strict } from '../evals/eval-lab.ts';
import { context, mine, openSuitesLab } from '../suites/lab.ts';

const { suites, file } = openSuitesLab();

test('a suite, its check and its diff', async () => {
  const kept = await suites.save({ suite: mine, note: 'to begin with' }, context);
  expect(printKept({ ...kept, warnings: [] })).toBe(`Kept as mine@1, from -1 to 4.\nhash ${kept.hash}`);
  expect(printKept(kept)).toMatch(/\nCaution: Of open tasks/);
  expect(printKept({ ...kept, made: false })).toMatch(/^Nothing new: this is mine@1/);
  expect(printSuite(kept)).toMatch(
    /^mine@1, from -1 to 4: to begin with\nhash [0-9a-f]{64}\nform four-step@1;/,
  );
  expect(printSuite(await suites.show({ suite: 'think-first@2' }, context))).toMatch(
    /summary +rubric .*domain summarization/,
  );
  expect(printCheck(await suites.check({ suite: mine }, context))).toMatch(/totals lie between -1 and 4/);
  const bad = { ...mine, structure: 'x', parts: [{ ...mine.parts[0], weight: -1 }] };
  expect(printCheck(await suites.check({ suite: bad }, context)).split('\n')).toHaveLength(2);
  const changed = { ...mine, parts: [{ ...mine.parts[1]!, weight: 5 }] };
  const diff = printDiff(await suites.diff({ left: 'mine', right: changed }, context));
  expect(diff).toMatch(/^- format: \{"id":"format"/m);
  expect(diff).toMatch(/^ {2}answer weight: 3 → 5$/m);
  expect(printDiff(await suites.diff({ left: 'mine', right: mine }, context))).toMatch(/Nothing differs\.$/);
  expect(printParts(await suites.parts({}, context))).toMatch(/nearMiss .*\(default 0\)/s);
});

test('a score, a trial and the attacks', async () => {
  const input = { rowId: 'sums:main:test:1', completion: strict('2'), suite: 'mine', truncated: false };
  const score = printExplained(await suites.score(input, context));
  expect(score).toMatch(/^correct: 4 on a scale from -1 to 4 \(mine@1\); the answer read is "2"/);
  const lines = [strict('2'), strict('3')].map((completion) =>
    JSON.stringify({ rowId: input.rowId, completion }),
  );
  const path = file('set.jsonl', lines.join('\n'));
  const report = printTry(await suites.try({ set: path, left: 'mine', right: 'verl-gsm8k' }, context));
  expect(report).toMatch(/^2 of 2 completions of set\.jsonl/);
  expect(report).toMatch(/groups without spread +0 of 1 +1 of 1/);
  expect(report).toMatch(/correlation with right +1\.000 +All totals are equal\./);
  const attacks = printAttacks(await suites.attack({ suite: 'tunix-gsm8k' }, context));
  expect(attacks).toMatch(/^PAYS +\S+ +number/m);
  expect(attacks).toMatch(/\d+ of \d+ attacks pay under tunix-gsm8k@1; least margin/);
});
