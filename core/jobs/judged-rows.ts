// Whether the chosen suite judges what the rows of a run answer. Where it pays for the form alone, training teaches the form and nothing
// else, and every reward goes up. Called by resolve.ts.
import type { Block } from './blocks.ts';
import type { JobsDeps, RunSuite } from './deps.ts';
import type { Findings } from './findings.ts';

type Kind = ReturnType<JobsDeps['rowKinds']>[number];

/** A source without a row that is judged is an error, unless `onlyForm` says that it is meant; one with some is a warning. */
export function checkJudged(
  deps: JobsDeps,
  blocks: readonly Block[],
  suite: RunSuite,
  onlyForm: 'refuse' | 'train',
  findings: Findings,
): void {
  const rewarded = blocks.flatMap((block) =>
    block.kind === 'questions' &&
    block.purpose === 'train' &&
    (block.part.kind === 'grpo' || block.part.kind === 'rejection')
      ? block.sources.map(({ source }) => source)
      : [],
  );
  for (const source of new Map(rewarded.map((each) => [each.id, each])).values()) {
    const kinds = deps.rowKinds(source.id);
    const unjudged = kinds.filter((kind) => suite.onlyForm(kind));
    if (unjudged.length === 0) continue;
    const rows = countOf(unjudged);
    const all = rows === countOf(kinds);
    const who = `${all ? `All ${rows}` : `${rows} of ${countOf(kinds)}`} rows of ${source.dataset} ${source.split} (${inWords(unjudged)})`;
    const what = `are judged by ${suite.name} only by their form, so that any answer earns all there is`;
    if (all && onlyForm === 'refuse')
      findings.error(
        'suite',
        `${who} ${what}. Choose a suite that judges them; onlyForm "train" trains on them all the same.`,
      );
    else findings.warn('suite', `${who} ${what}.`);
  }
}

function countOf(kinds: readonly Kind[]): number {
  return kinds.reduce((sum, { rows }) => sum + rows, 0);
}

/** "open tasks of science, choice tasks of law" */
function inWords(kinds: readonly Kind[]): string {
  return kinds.map(({ domain, answerType }) => `${answerType} tasks of ${domain}`).join(', ');
}
