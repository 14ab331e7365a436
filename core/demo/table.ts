// Checkpoint by checkpoint, domain by domain: how the held-out questions were answered, and which checkpoint is the best. Pure.
import {
  type CheckpointId,
  type CheckpointScores,
  checkpointNames,
  type DemoResult,
  type MeanScore,
} from '../contract/demo.ts';
import type { Proportion } from '../contract/procedure.ts';
import { trainedFrom } from './checkpoints.ts';

/** What the table computes with; create-core gives it. */
export interface Statistics {
  proportion(count: number, n: number): Proportion;
  /** Exact, two-sided. */
  mcnemar(gained: number, lost: number): number;
  /** Holm's adjustment of p values read together. */
  holm(pValues: readonly number[]): number[];
  /** With its 95 % interval. */
  meanInterval(values: readonly number[]): { value: number; low: number; high: number };
}

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
export function scoresOf(statistics: Statistics, all: readonly Answered[]): CheckpointScores[] {
  const byId = new Map(all.map((each) => [each.id, each]));
  return all.map((each) => {
    const from = trainedFrom[each.id];
    const before = from === null ? undefined : byId.get(from);
    const kept = before ? { id: before.id, ...changes(statistics, before.tasks, each.tasks) } : null;
    return {
      id: each.id,
      name: checkpointNames[each.id],
      right: shareOf(statistics, each.tasks, 'right'),
      rightByDomain: byDomain(each.tasks, (domain, of) => ({
        domain,
        right: shareOf(statistics, of, 'right'),
      })),
      format: shareOf(statistics, each.tasks, 'strict'),
      open: each.open && meanOf(statistics, each.open),
      openFormat: each.open && shareOf(statistics, each.open, 'strict'),
      openByDomain: byDomain(each.open ?? [], (domain, of) => ({
        ...{ domain, score: meanOf(statistics, of) },
        change: before?.open ? changeOf(statistics, before.open, of) : null,
      })),
      kept,
      forgot: kept?.forgot ?? false,
      forgotDomains: kept?.byDomain.filter(isLoss).map(({ domain }) => domain) ?? [],
      openChange: before?.open && each.open ? changeOf(statistics, before.open, each.open) : null,
    };
  });
}

export const RULE =
  'A checkpoint has forgotten when it has significantly fewer right answers than the one that it was trained from, in all or in a domain (exact McNemar, p < 0.05 by Holm). Of those that have not, and are not significantly below the one of them with the most right answers, the best has the best open tasks, or where those were not asked, the most right answers.';

/** By RULE. Throws without the base, which has nothing to forget. */
export function bestOf(statistics: Statistics, all: readonly Answered[]): DemoResult['best'] {
  const rightOf = ({ tasks }: Answered) => tasks.filter((each) => each.right).length;
  const whole = all.filter((each) => {
    const before = all.find(({ id }) => id === trainedFrom[each.id]);
    return !before || !changes(statistics, before.tasks, each.tasks).forgot;
  });
  const most = whole.reduce((best, each) => (rightOf(each) > rightOf(best) ? each : best));
  const level = whole.filter((each) => !changes(statistics, most.tasks, each.tasks).forgot);
  const openOf = ({ open }: Answered) => (open ? meanOf(statistics, open).mean : -1);
  const { id } = level.some(({ open }) => open)
    ? level.reduce((best, each) => (openOf(each) > openOf(best) ? each : best))
    : most;
  return { id, name: checkpointNames[id], rule: RULE };
}

interface Flips {
  gained: number;
  lost: number;
  pValue: number;
}
interface Changes extends Flips {
  byDomain: (Flips & { domain: string })[];
  forgot: boolean;
}

function isLoss({ gained, lost, pValue }: Flips): boolean {
  return lost > gained && pValue < ALPHA;
}

function shareOf(statistics: Statistics, answers: readonly Answer[], what: 'right' | 'strict'): Proportion {
  return statistics.proportion(answers.filter((each) => each[what]).length, answers.length);
}

function meanOf(statistics: Statistics, answers: readonly Answer[]): MeanScore {
  const { value, low, high } = statistics.meanInterval(answers.map((each) => each.score));
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

/**
 * In all, and in each domain: what one domain loses must not hide behind what another gains. All are read together, so that whether
 * something was lost is decided by p values adjusted for their number; that of the domains is told so, that of all as it is.
 */
function changes(statistics: Statistics, before: readonly Answer[], after: readonly Answer[]): Changes {
  const all = flips(statistics, before, after);
  const domains = byDomain(after, (domain, of) => ({ domain, ...flips(statistics, before, of) }));
  const [adjusted, ...rest] = statistics.holm([all, ...domains].map(({ pValue }) => pValue));
  const changed = domains.map((each, i) => ({ ...each, pValue: rest[i]! }));
  return { ...all, byDomain: changed, forgot: [{ ...all, pValue: adjusted! }, ...changed].some(isLoss) };
}

function flips(statistics: Statistics, before: readonly Answer[], after: readonly Answer[]): Flips {
  const then = new Map(before.map((each) => [each.rowId, each.right]));
  const both = after.filter((each) => then.has(each.rowId));
  const gained = both.filter((each) => each.right && !then.get(each.rowId)).length;
  const lost = both.filter((each) => !each.right && then.get(each.rowId)).length;
  return { gained, lost, pValue: statistics.mcnemar(gained, lost) };
}

function changeOf(statistics: Statistics, before: readonly Answer[], after: readonly Answer[]) {
  const then = new Map(before.map((each) => [each.rowId, each.score]));
  return statistics.meanInterval(
    after.flatMap((each) => (then.has(each.rowId) ? [each.score - then.get(each.rowId)!] : [])),
  );
}
