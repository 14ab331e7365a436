// The case lists of Math-Verify's, inspect_ai's, lm-evaluation-harness's and lighteval's own test files, judged by our reader of
// answers: what they count as right is right or undecided here, what they count as wrong earns nothing, and every exception has
// a reason that docs/answers.md lists.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileSuite } from '../../../core/rewards/suite.ts';
import { thinkFirst1 } from '../../../core/rewards/suites/think-first.ts';
import {
  type PublishedCase,
  type PublishedCases,
  publishedCases,
  reasons,
} from '../../fixtures/rewards/published-cases.ts';
import { row, strict } from './rows.ts';

const lists = [
  'math-verify',
  'math-verify-letters',
  'inspect-math',
  'inspect-match',
  'inspect-choice',
  'lm-eval-choices',
  'lighteval-letters',
].map(publishedCases);
const scorer = compileSuite(thinkFirst1);

function verdict({ gold, answer, choices }: PublishedCase, kind: PublishedCases['kind']) {
  const of = row({ answer: gold, answerRaw: gold, answerType: kind, choices });
  return scorer.score(of, strict(answer)).verdict;
}

/** As there: right is correct, wrong is anything that earns nothing. */
const agrees = ({ right, ours }: PublishedCase) => right === (ours === 'correct');
const isUndecided = (each: PublishedCase) => each.right && each.ours === 'unverifiable';

describe.each(lists)('$source, $files', ({ cases, kind }) => {
  it('every case has the verdict of the list', () => {
    const now = cases.map((each) => ({ ...each, ours: verdict(each, kind) }));
    expect(now).toEqual(cases);
  });

  it('another outcome than there is undecided, or has a reason', () => {
    for (const each of cases)
      expect([each, each.because !== null]).toEqual([each, !agrees(each) && !isUndecided(each)]);
  });
});

it('docs/answers.md tells how many cases agree, and why the others do not', () => {
  const docs = readFileSync(join(import.meta.dirname, '../../../docs/answers.md'), 'utf8');
  const section = docs.split('## The test files of others, case by case\n')[1]?.split('\n## ')[0] ?? '';
  const tables = section.split('\n').filter((line) => line.startsWith('| '));
  const counted = lists.map(({ source, files, cases }) => {
    const because = cases.filter((each) => each.because !== null).length;
    const undecided = cases.filter(isUndecided).length;
    return `| ${source} \`${files}\` | ${cases.length} | ${cases.filter(agrees).length} | ${undecided} | ${because} |`;
  });
  const explained = Object.entries(reasons).map(([name, why]) => {
    const cases = lists.flatMap((list) => list.cases).filter((each) => each.because === name);
    const { gold, answer } = cases[0]!;
    const verdicts = [...new Set(cases.map((each) => each.ours))].join(', ');
    const shown = (text: string) => `\`${text.replaceAll('\n', '⏎').replaceAll('\t', '⇥')}\``;
    return `| ${why} | ${verdicts} | ${cases.length} | ${shown(answer)} for ${shown(gold)} |`;
  });
  expect(tables).toEqual([
    '| test file | cases | as there | undecided here | otherwise |',
    ...counted,
    '| why otherwise | ours | cases | for example |',
    ...explained,
  ]);
});
