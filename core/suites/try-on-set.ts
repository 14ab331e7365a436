// Two suites over one stored set of completions: how each spreads it, and where they disagree. Used by suites.ts.
import { setImmediate as breathe } from 'node:timers/promises';
import type { Work } from '../catalog/activities.ts';
import { CoreError } from '../contract/errors.ts';
import type { Disagreement, SuiteSpread, TryReport } from '../contract/rewards.ts';
import { createGrader, type GradeItem } from '../rewards/grade.ts';
import { pyLength } from '../rewards/python-text.ts';
import type { CompletionSource } from './completion-set.ts';
import { atBorder } from './core-errors.ts';
import type { Helpers } from './explain.ts';
import { correlation, flatGroups, histogram, isRight, moments, ranks, type Scored } from './spread.ts';
import type { CompiledSuite } from './suite-book.ts';

/** Scoring so many takes a few milliseconds for each suite; in between the event loop runs. */
const BATCH = 32;
/** A person's own function costs one interpreter for each batch. */
const BATCH_WITH_PYTHON = 256;
/** Very long completions make batches shorter. */
const BATCH_CHARACTERS = 200_000;
const SCATTER = 500;
const DISAGREEMENTS = 100;

interface Column {
  compiled: CompiledSuite;
  scored: (Scored & { parts: Record<string, number | null> })[];
  firstError: string | null;
}

interface Trial {
  source: CompletionSource;
  left: CompiledSuite;
  right: CompiledSuite;
  limit: number | undefined;
  helpers: Helpers;
  work: Work;
  signal: AbortSignal;
}

/** Throws `conflict` for an empty set, `unavailable` when code cannot be run or the judge fails, `cancelled`. */
export async function tryOnSet(trial: Trial): Promise<TryReport> {
  const began = performance.now();
  const { source, work } = trial;
  const groups = evenly(source.groups, source.total, trial.limit);
  const wanted = groups.reduce((sum, group) => sum + group.length, 0);
  work.phase('scores completions', wanted);
  const left: Column = { compiled: trial.left, scored: [], firstError: null };
  const right: Column = { compiled: trial.right, scored: [], firstError: null };
  /** Their numbers in the set, as they were scored. */
  const indices: number[] = [];
  const size = batchSize(trial);
  for (const batch of batches(groups, size)) {
    for (const piece of pieces(source, batch, size)) {
      for (const column of [left, right]) await scorePiece(trial, column, piece.items);
      indices.push(...piece.indices);
      await breathe();
      trial.signal.throwIfAborted();
    }
    work.advance(Math.min(wanted, indices.length));
  }
  const broken = groups.flat().flatMap((index) => source.broken.get(index) ?? []);
  if (indices.length === 0)
    throw new CoreError('conflict', `${source.title} holds no completion whose row is in this lab.`);
  const spreads: SuiteSpread[] = [];
  for (const column of [left, right]) {
    spreads.push(spreadOf(column, indices, groups));
    await breathe();
  }
  return {
    set: source.title,
    n: indices.length,
    total: source.total,
    missing: wanted - indices.length - broken.length,
    broken: {
      count: broken.length,
      firstLine: broken.length > 0 ? broken[0]! : null,
    },
    judge: trial.helpers.judge !== null,
    left: spreads[0]!,
    right: spreads[1]!,
    ...held(left, right, indices, source),
    ms: performance.now() - began,
  };
}

/** Whole groups, evenly from the set, until about `limit` completions. */
function evenly<T>(
  groups: readonly (readonly T[])[],
  total: number,
  limit = total,
): readonly (readonly T[])[] {
  if (limit >= total) return groups;
  const wanted = Math.max(1, Math.floor((groups.length * limit) / total));
  return Array.from({ length: wanted }, (_, i) => groups[Math.floor((i * groups.length) / wanted)]!);
}

/** Whole groups, of about `size` completions at a time. */
function* batches(groups: readonly (readonly number[])[], size: number): Generator<(readonly number[])[]> {
  let [batch, completions]: [(readonly number[])[], number] = [[], 0];
  for (const group of groups) {
    batch.push(group);
    completions += group.length;
    if (completions < size) continue;
    yield batch;
    [batch, completions] = [[], 0];
  }
  if (batch.length > 0) yield batch;
}

/** The completions of a batch in pieces that are short to score, each with the lengths of its group. */
function* pieces(
  source: CompletionSource,
  batch: readonly (readonly number[])[],
  size: number,
): Generator<{ items: GradeItem[]; indices: number[] }> {
  let [items, indices, characters]: [GradeItem[], number[], number] = [[], [], 0];
  const read = source.read(batch.flat());
  for (const group of batch) {
    const members = read.splice(0, group.length);
    const lengths = group.length > 1 ? lengthsOf(members) : null;
    for (const [k, member] of members.entries()) {
      if (!member) continue;
      items.push(lengths ? { ...member, measured: { ...member.measured, group: lengths } } : member);
      indices.push(group[k]!);
      characters += member.completion.length;
      if (items.length < size && characters < BATCH_CHARACTERS) continue;
      yield { items, indices };
      [items, indices, characters] = [[], [], 0];
    }
  }
  if (items.length > 0) yield { items, indices };
}

/** In characters, for rewards that compare within a group. */
function lengthsOf(members: readonly (GradeItem | null)[]): { shortest: number; longest: number } {
  const lengths = members.flatMap((member) => (member ? [pyLength(member.completion)] : []));
  return lengths.reduce(
    ({ shortest, longest }, length) => ({
      shortest: Math.min(shortest, length),
      longest: Math.max(longest, length),
    }),
    { shortest: Number.POSITIVE_INFINITY, longest: 0 },
  );
}

function batchSize({ left, right }: Trial): number {
  const parts = [...left.scorer.parts, ...right.scorer.parts];
  return parts.some((part) => part.fn === 'python') ? BATCH_WITH_PYTHON : BATCH;
}

async function scorePiece(
  { helpers, signal, work }: Trial,
  column: Column,
  items: GradeItem[],
): Promise<void> {
  const { scorer } = column.compiled;
  try {
    for (const result of await createGrader({ scorer, ...helpers }).grade(items, signal)) {
      const { total, verdict, parts, error } = result;
      column.scored.push({ total, verdict, parts });
      if (!error) continue;
      column.firstError ??= error.message;
      work.fail();
    }
  } catch (error) {
    signal.throwIfAborted();
    throw atBorder(error);
  }
}

function spreadOf(
  { compiled: { suite, hash, scorer }, scored, firstError }: Column,
  indices: readonly number[],
  groups: readonly (readonly number[])[],
): SuiteSpread {
  const totals = scored.flatMap(({ total }) => (total === null ? [] : [total]));
  const at = new Map(indices.map((index, k) => [index, scored[k]!]));
  const { min, max } = scorer;
  return {
    name: suite.name,
    version: suite.version,
    hash,
    min,
    max,
    n: totals.length,
    errors: scored.length - totals.length,
    firstError,
    histogram: histogram(totals, min, max),
    moments: moments(totals),
    correlation: correlation(scored),
    flatGroups: flatGroups(groups.map((group) => group.flatMap((index) => at.get(index) ?? []))),
  };
}

/** The two suites against each other, over completions that both could score. */
function held(
  left: Column,
  right: Column,
  indices: readonly number[],
  source: CompletionSource,
): Pick<TryReport, 'scatter' | 'disagreements'> {
  const both = [...indices.keys()].filter(
    (k) => left.scored[k]!.total !== null && right.scored[k]!.total !== null,
  );
  const totals = (column: Column) => both.map((k) => column.scored[k]!.total!);
  const [leftRanks, rightRanks] = [ranks(totals(left)), ranks(totals(right))];
  const distance = (b: number) => Math.abs(leftRanks[b]! - rightRanks[b]!);
  const apart = [...both.keys()]
    .filter((b) => distance(b) > 0)
    .sort((a, b) => distance(b) - distance(a))
    .slice(0, DISAGREEMENTS);
  const items = source.read(apart.map((b) => indices[both[b]!]!));
  const judged = (column: Column, b: number, rank: number) => {
    const { total, verdict, parts } = column.scored[both[b]!]!;
    return { total: total!, rank, verdict, parts };
  };
  return {
    scatter: evenly(
      both.map((k) => [k]),
      both.length,
      SCATTER,
    ).map(([k]) => ({
      index: indices[k!]!,
      left: left.scored[k!]!.total!,
      right: right.scored[k!]!.total!,
      correct: isRight(left.scored[k!]!.verdict) ?? isRight(right.scored[k!]!.verdict),
    })),
    disagreements: apart.map((b, k): Disagreement => {
      const { row, completion } = items[k]!;
      return {
        index: indices[both[b]!]!,
        rowId: row.id,
        question: row.question,
        gold: row.answer,
        completion,
        left: judged(left, b, leftRanks[b]!),
        right: judged(right, b, rightRanks[b]!),
      };
    }),
  };
}
