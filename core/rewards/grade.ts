// Scoring with what it needs from outside: gathers evidence for a batch (code run, items judged, a person's function called),
// then calls the pure score. The reward server, evaluations and "try on a set" grade; a suite that needs nothing costs nothing.
import type { ScoreResult } from '../contract/reward.ts';
import type { Row } from '../contract/row.ts';
import {
  type Evidence,
  type Executor,
  type Judge,
  type JudgeQuestion,
  type JudgeReport,
  PythonRewardError,
} from './evidence.ts';
import type { Needs } from './needs.ts';
import type { Measured } from './parts/part.ts';
import { pyLength } from './python-text.ts';
import type { PartOutcome, Scorer } from './suite.ts';

export interface GradeItem {
  row: Row;
  completion: string;
  measured?: Measured;
  /** The prompt as the model saw it; a person's function gets it, and without it the question. */
  prompt?: string;
  /** Completions with the same name are one group; only rewards that compare within a group look at it. */
  group?: string;
}

export interface GraderDeps {
  scorer: Scorer;
  /** Without one, whatever needs code to be run is an error that says so. */
  executor?: Executor | null;
  /** Without one, judged items are "not judged". */
  judge?: Judge | null;
}

export interface Grader {
  scorer: Scorer;
  /** One result for each item, in order. Throws only when the sandbox or the judge fails as a whole, or `signal` aborts. */
  grade(items: readonly GradeItem[], signal?: AbortSignal): Promise<ScoreResult[]>;
  /** The result of one item with what every part says; no outcomes where a part failed. Throws as `grade` does. */
  explain(item: GradeItem, signal?: AbortSignal): Promise<{ result: ScoreResult; outcomes: PartOutcome[] }>;
}

/** An item with what was measured and gathered for it. */
interface Ready extends GradeItem {
  measured: Measured;
  evidence: Evidence;
}

type Draft = { -readonly [K in keyof Evidence]: Evidence[K] };

/** A grader for one suite. `executor` and `judge` stay the caller's, who closes them. */
export function createGrader({ scorer, executor = null, judge = null }: GraderDeps): Grader {
  const gather = async (items: readonly GradeItem[], signal?: AbortSignal): Promise<Ready[]> => {
    const needs = items.map((item) => scorer.needs(item.row, item.completion));
    const drafts: Draft[] = items.map(() => (judge ? { judged: {} } : {}));
    if (executor) {
      await runCode(executor, needs, drafts, signal);
      await callPython(executor, items, needs, drafts, signal);
    }
    if (judge) await askJudge(judge, needs, drafts, signal);
    signal?.throwIfAborted();
    const groups = groupLengths(items);
    return items.map((item, i) => {
      const group = item.group === undefined ? null : (groups.get(item.group) ?? null);
      return { ...item, measured: { group, ...item.measured }, evidence: drafts[i]! };
    });
  };
  const score = (item: Ready) => scorer.score(item.row, item.completion, item.measured, item.evidence);
  return {
    scorer,
    grade: async (items, signal) => (await gather(items, signal)).map(score),
    async explain(item, signal) {
      const ready = (await gather([item], signal))[0]!;
      const result = score(ready);
      if (result.error) return { result, outcomes: [] };
      const { row, completion, measured, evidence } = ready;
      return { result, outcomes: scorer.explain(row, completion, measured, evidence) };
    },
  };
}

async function runCode(
  executor: Executor,
  needs: readonly Needs[],
  drafts: readonly Draft[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const asking = needs.flatMap(({ code }, i) => (code ? [{ i, code }] : []));
  if (asking.length === 0) return;
  const reports = await executor.run(
    asking.map(({ code }) => code),
    signal,
  );
  for (const [k, { i }] of asking.entries()) drafts[i]!.code = reportAt(reports, k, 'sandbox');
}

/** One call for each part and function: a batch reward sees the whole batch, as in TRL. */
async function callPython(
  executor: Executor,
  items: readonly GradeItem[],
  needs: readonly Needs[],
  drafts: readonly Draft[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const parts = new Set(needs.flatMap(({ python }) => Object.keys(python ?? {})));
  for (const part of parts) {
    const asking = needs.flatMap(({ python }, i) => (python?.[part] ? [{ i, fn: python[part] }] : []));
    const batch = asking.map(({ i }) => items[i]!);
    const given = asking[0]!.fn;
    const results = await executor
      .call(
        {
          ...given,
          prompts: batch.map((item) => item.prompt ?? item.row.question),
          completions: batch.map((item) => item.completion),
          columns: columnsOf(batch.map((item) => item.row)),
        },
        signal,
      )
      .catch((error: unknown) => {
        if (!(error instanceof PythonRewardError)) throw error;
        const many = batch.length > 1 ? ` It was called once for ${batch.length} completions.` : '';
        return { error: `${error.message}${many}` };
      });
    for (const [k, { i }] of asking.entries()) {
      const result = Array.isArray(results) ? results[k] : results;
      if (result === undefined)
        throw new Error('The sandbox answered for fewer completions than it was asked.');
      drafts[i]!.python = { ...drafts[i]!.python, [part]: result };
    }
  }
}

/** The columns that a data set of such rows would have in a trainer. */
function columnsOf(rows: readonly Row[]): Record<string, unknown[]> {
  return {
    id: rows.map((row) => row.id),
    question: rows.map((row) => row.question),
    answer: rows.map((row) => row.answer),
    answer_type: rows.map((row) => row.answerType),
    domain: rows.map((row) => row.domain),
    choices: rows.map((row) => row.choices),
    context: rows.map((row) => row.context),
  };
}

async function askJudge(
  judge: Judge,
  needs: readonly Needs[],
  drafts: readonly Draft[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const asking = needs.flatMap((need, i) =>
    Object.entries(need.judge ?? {}).map(([key, question]) => ({ i, key, question })),
  );
  if (asking.length === 0) return;
  const questions: JudgeQuestion[] = asking.map(({ question }) => question);
  const reports = await judge.judge(questions, signal);
  for (const [k, { i, key }] of asking.entries()) {
    const judged: Record<string, JudgeReport> = {
      ...drafts[i]!.judged,
      [key]: reportAt(reports, k, 'judge'),
    };
    drafts[i]!.judged = judged;
  }
}

function reportAt<T>(reports: readonly T[], index: number, who: string): T {
  const report = reports[index];
  if (report === undefined) throw new Error(`The ${who} answered for fewer completions than it was asked.`);
  return report;
}

function groupLengths(items: readonly GradeItem[]): Map<string, { shortest: number; longest: number }> {
  const groups = new Map<string, { shortest: number; longest: number }>();
  for (const { group, completion } of items) {
    if (group === undefined) continue;
    const length = pyLength(completion);
    const known = groups.get(group) ?? { shortest: length, longest: length };
    groups.set(group, {
      shortest: Math.min(known.shortest, length),
      longest: Math.max(known.longest, length),
    });
  }
  return groups;
}
