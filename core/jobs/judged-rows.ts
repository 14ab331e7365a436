// Whether the chosen suite judges what the rows of a run answer. Where it pays for the form alone, training teaches the form and nothing
// else, and every reward goes up. Called by resolve.ts.
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { sql } from '../catalog/sql.ts';
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
    const unjudged = kinds.flatMap((kind) => unjudgedOf(deps.catalog, source.id, suite, kind));
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

const OwnRubric = z.object({ rubricId: z.string(), rows: z.int() });

/** The rows of a kind that only their form judges: those that name a rubric of their own may have what the suite's lacks. */
function unjudgedOf(catalog: Catalog, sourceId: string, suite: RunSuite, kind: Kind): Kind[] {
  if (!suite.onlyForm(kind)) return [];
  const { domain, answerType } = kind;
  const judged = catalog
    .all(
      OwnRubric,
      sql`SELECT json_extract(r.verifier, '$.rubricId') AS rubricId, COUNT(*) AS rows FROM rows r
        JOIN sources s ON s.rowid = r.source
        WHERE s.id = ${sourceId} AND r.domain = ${domain} AND r.answer_type = ${answerType}
          AND json_extract(r.verifier, '$.rubricId') IS NOT NULL GROUP BY 1`,
    )
    .filter(({ rubricId }) => !suite.onlyForm({ domain, answerType, rubricId }));
  const rows = kind.rows - countOf(judged);
  return rows > 0 ? [{ ...kind, rows }] : [];
}

function countOf(kinds: readonly { rows: number }[]): number {
  return kinds.reduce((sum, { rows }) => sum + rows, 0);
}

/** "open tasks of science, choice tasks of law" */
function inWords(kinds: readonly Kind[]): string {
  return kinds.map(({ domain, answerType }) => `${answerType} tasks of ${domain}`).join(', ');
}
