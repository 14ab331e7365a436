// Checkpoint by checkpoint, domain by domain: how the held-out questions were answered, and which checkpoint is the best. Pure.
import {
  type CheckpointId,
  type CheckpointScores,
  checkpointNames,
  type DemoResult,
  type MeanScore,
} from '../contract/demo.ts';
import type { Proportion } from '../contract/procedure.ts';
import { mcnemar, meanInterval, proportion } from '../evals/statistics.ts';
import { trainedFrom } from './checkpoints.ts';

/** One held-out question as a checkpoint answered it. */
export interface Answer {
  rowId: string;
  domain: string;
  right: boolean;
  strict: boolean;
  /** Of the most that a completion of this question can earn. */
  score: number;
}

export interface Answered {
  id: CheckpointId;
  tasks: readonly Answer[];
  /** Null where the open tasks were not asked. */
  open: readonly Answer[] | null;
}

/** Below it, right answers have become fewer. */
const ALPHA = 0.05;

/** A line of the table for each checkpoint, in their order. */
export function scoresOf(all: readonly Answered[]): CheckpointScores[] {
  const byId = new Map(all.map((each) => [each.id, each]));
  return all.map((each) => {
    const from = trainedFrom[each.id];
    const before = from === null ? undefined : byId.get(from);
    return {
      id: each.id,
      name: checkpointNames[each.id],
      right: shareOf(each.tasks, 'right'),
      rightByDomain: byDomain(each.tasks, (domain, of) => ({ domain, right: shareOf(of, 'right') })),
      format: shareOf(each.tasks, 'strict'),
      open: each.open && meanOf(each.open),
      openFormat: each.open && shareOf(each.open, 'strict'),
      openByDomain: byDomain(each.open ?? [], (domain, of) => ({ domain, score: meanOf(of) })),
      kept: before ? { id: before.id, ...flips(before.tasks, each.tasks) } : null,
      openChange: before?.open && each.open ? changeOf(before.open, each.open) : null,
    };
  });
}

export const RULE =
  'Of the checkpoints that have not significantly fewer right answers than the one with the most (exact McNemar, p < 0.05), the one with the best open tasks; where those were not asked, the one with the most right answers.';

/** By RULE. Throws on an empty list. */
export function bestOf(all: readonly Answered[]): DemoResult['best'] {
  const rightOf = ({ tasks }: Answered) => tasks.filter((each) => each.right).length;
  const most = all.reduce((best, each) => (rightOf(each) > rightOf(best) ? each : best));
  const level = all.filter((each) => {
    const { gained, lost, pValue } = flips(most.tasks, each.tasks);
    return !(lost > gained && pValue < ALPHA);
  });
  const openOf = ({ open }: Answered) => (open ? meanOf(open).mean : -1);
  const { id } = level.some(({ open }) => open)
    ? level.reduce((best, each) => (openOf(each) > openOf(best) ? each : best))
    : most;
  return { id, name: checkpointNames[id], rule: RULE };
}

/** Whether right answers were lost, beyond chance. */
export const hasForgotten = ({ kept }: CheckpointScores): boolean =>
  kept !== null && kept.lost > kept.gained && kept.pValue < ALPHA;

function shareOf(answers: readonly Answer[], what: 'right' | 'strict'): Proportion {
  return proportion(answers.filter((each) => each[what]).length, answers.length);
}

function meanOf(answers: readonly Answer[]): MeanScore {
  const { value, low, high } = meanInterval(answers.map((each) => each.score));
  return { n: answers.length, mean: value, low, high };
}

function byDomain<T>(answers: readonly Answer[], make: (domain: string, of: readonly Answer[]) => T): T[] {
  const domains = [...new Set(answers.map((each) => each.domain))].toSorted();
  return domains.map((domain) =>
    make(
      domain,
      answers.filter((each) => each.domain === domain),
    ),
  );
}

function flips(before: readonly Answer[], after: readonly Answer[]) {
  const then = new Map(before.map((each) => [each.rowId, each.right]));
  const both = after.filter((each) => then.has(each.rowId));
  const gained = both.filter((each) => each.right && !then.get(each.rowId)).length;
  const lost = both.filter((each) => !each.right && then.get(each.rowId)).length;
  return { gained, lost, pValue: mcnemar(gained, lost) };
}

function changeOf(before: readonly Answer[], after: readonly Answer[]) {
  const then = new Map(before.map((each) => [each.rowId, each.score]));
  return meanInterval(
    after.flatMap((each) => (then.has(each.rowId) ? [each.score - then.get(each.rowId)!] : [])),
  );
}
