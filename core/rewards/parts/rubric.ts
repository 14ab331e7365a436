// The rubric part: Rubrics as Rewards over the answer block. Items with a predicate are computed; the others are judged
// before, and without a judge they are "not judged" and leave the sum.
import type { Row } from '../../contract/row.ts';
import { type Evidence, type JudgeQuestion, judgeKey } from '../evidence.ts';
import { meets } from '../rubrics/check-item.ts';
import { isMasterKey } from '../rubrics/master-key.ts';
import { type RubricItem, WEIGHTS } from '../rubrics/rubric.ts';
import { findRubric, rubricIds } from '../rubrics/shipped.ts';
import { definePart, type Params } from './part.ts';
import { referenceOf } from './reference-overlap.ts';

interface Source {
  items: readonly RubricItem[];
  rubric: string;
}

export const rubricPart = definePart({
  fn: 'rubric',
  explanation: 'Share of the rubric’s criteria that the answer meets, by their weights.',
  range: { min: 0, max: 1 },
  params: {
    items: {
      type: 'rubric',
      default: [],
      explanation: 'The criteria: computed by a predicate, or judged.',
    },
    rubric: {
      type: 'choice',
      default: 'none',
      options: ['none', ...rubricIds],
      explanation:
        'A shipped rubric, where no criteria are given. A row that names one of these brings its own.',
    },
    essentialCap: {
      type: 'number',
      default: 1,
      min: 0,
      max: 1,
      explanation:
        'Highest score while an essential criterion is not met, or not judged. 1 is the formula of the paper.',
    },
  },
  object: (params) =>
    params.items.length === 0 && params.rubric === 'none'
      ? 'the rubric has no items. Give "items", or name a shipped "rubric".'
      : null,
  needs(row, parsed, params, text) {
    const answer = parsed.answer ? text.slice(...parsed.answer) : '';
    if (isMasterKey(answer)) return {};
    const judge: Record<string, JudgeQuestion> = {};
    const reference = referenceOf(row);
    for (const item of itemsOf(rubricIdOf(row), params))
      if (!item.check)
        judge[item.id] = { criterion: item.criterion, question: questionOf(row), answer, reference };
    return { judge };
  },
  score(row, parsed, params, { text, part, evidence }) {
    if (!parsed.answer) return { score: 0, why: 'There is no readable answer.', spans: [] };
    const answer = text.slice(...parsed.answer);
    const spans = [parsed.answer];
    const guarded = isMasterKey(answer);
    let [met, sum, unjudged, essential] = [0, 0, 0, true];
    const missed: string[] = [];
    const items = itemsOf(rubricIdOf(row), params);
    const undecided =
      !evidence.judged && items.some((item) => !item.check && item.importance === 'essential');
    for (const item of items) {
      const found = item.check
        ? meets(item.check, answer, row)
        : guarded
          ? false
          : judged(evidence, judgeKey(part, item.id));
      if (found === null) {
        unjudged++;
        continue;
      }
      sum += WEIGHTS[item.importance];
      if (found) met += WEIGHTS[item.importance];
      else missed.push(item.id);
      if (!found && item.importance === 'essential') essential = false;
    }
    const note = unjudged > 0 ? ` ${unjudged} not judged.` : '';
    if (sum === 0) return { score: null, why: `Nothing could be judged: there is no judge.${note}`, spans };
    const share = met / sum;
    const cap = params.essentialCap;
    // Scaled, not cut off: what can be computed still tells completions apart.
    const score = undecided ? share * cap : essential ? share : Math.min(share, cap);
    const why = missed.length > 0 ? `Not met: ${missed.join(', ')}.` : 'All criteria are met.';
    const capped = undecided && cap < 1 ? ` At most ${cap}, because nobody judged what is essential.` : '';
    return { score, why: `${why}${note}${capped}`, spans };
  },
});

/** Whether a rubric part's criteria for rows that name `rubricId`, or none, are all a judge's to decide. */
export function onlyAsksJudge({ fn, params }: { fn: string; params: Params }, rubricId?: string): boolean {
  return fn === rubricPart.fn && itemsOf(rubricId, params as unknown as Source).every((item) => !item.check);
}

function rubricIdOf({ verifier }: Row): string | undefined {
  return verifier && 'rubricId' in verifier ? verifier.rubricId : undefined;
}

/** The row's own rubric where it names a shipped one, else that of the suite. */
function itemsOf(rubricId: string | undefined, { items, rubric }: Source): readonly RubricItem[] {
  const own = rubricId === undefined ? null : findRubric(rubricId);
  return own ?? (items.length > 0 ? items : (findRubric(rubric) ?? []));
}

/** What was asked, as a judge reads it. */
export function questionOf(row: Row): string {
  return row.context ? `${row.context}\n\n${row.question}` : row.question;
}

/** Null without a judge. Throws when there is a judge and it gave no verdict: that is no "not met". */
function judged(evidence: Evidence, key: string): boolean | null {
  if (!evidence.judged) return null;
  const report = evidence.judged[key];
  if (!report) throw new Error(`the judge was not asked about "${key}"`);
  if ('error' in report) throw new Error(`the judge gave no verdict about "${key}": ${report.error}`);
  return report.met;
}
