// The exams of a run as tables: one a set, a row a moment, a column a domain. Used by exams-table.tsx and whatever leads there.
import type { JobKind } from '../../core/contract/job-spec.ts';
import { momentInWords } from '../../core/contract/moment.ts';
import type { RunEval, RunStage } from '../../core/contract/run-views.ts';

export type Answered = Pick<RunEval, 'n' | 'mean' | 'correct' | 'format' | 'right'>;

export interface ExamRow {
  key: string;
  /** What answered: a moment of the run, or for a stage that only examines the checkpoint that it asked. */
  title: string;
  exam: RunEval;
}

export interface ExamSet {
  set: string;
  rows: ExamRow[];
  /** In the order of their names. */
  domains: string[];
}

export function examSets(
  exams: readonly RunEval[],
  run: { kind: JobKind; stages: readonly Pick<RunStage, 'id' | 'kind'>[] },
): ExamSet[] {
  const examines = ({ moment }: RunEval) =>
    (moment.stage === null ? run.kind : run.stages.find(({ id }) => id === moment.stage)?.kind) ===
    'evaluate';
  return [...Map.groupBy(exams, ({ set }) => set)].map(([set, all]) => ({
    set,
    rows: all.map((exam) => ({
      key: `${exam.step} ${exam.moment.stage} ${exam.of}`,
      title: examines(exam) ? exam.of : momentInWords(exam.moment),
      exam,
    })),
    domains: [...new Set(all.flatMap(({ domains }) => Object.keys(domains)))].sort(),
  }));
}

/** Id of the card with the exams on the page of a run. */
export const EXAMS = 'exams';

export function showExams(): void {
  document.getElementById(EXAMS)?.scrollIntoView({ block: 'start' });
}

/** Of how many questions something is told: those that can be checked, where a share of them is; null where the log does not tell. */
export function countOf({ correct, right, n }: Answered): number | null {
  return right?.n ?? (correct === null ? n : null);
}

/** The number of questions where all exams have asked as many; null where each says its own. */
export function sameCount(answered: readonly (Answered | undefined)[]): number | null {
  const counts = new Set(answered.flatMap((each) => (each ? [countOf(each)] : [])));
  return counts.size === 1 ? [...counts][0]! : null;
}
