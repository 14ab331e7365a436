// What scoring needs from outside of itself, gathered before: the outcome of running code, a judge's findings, a person's own
// Python reward. grade.ts gathers it through an Executor and a Judge; parts read it. Scoring itself stays pure and synchronous.

/** How running a submission ended. */
export type CodeOutcome =
  | 'passed'
  /** A test does not hold. */
  | 'failed'
  /** The program raised, or ended its interpreter, by itself. */
  | 'error'
  | 'timeout'
  | 'memory'
  /** It wrote into the sandbox's own channel. */
  | 'forged'
  /** There was nothing to run. */
  | 'no-code'
  /** No test fails, and of one it cannot be known whether it holds: our limit, not the program's fault. */
  | 'unsupported'
  /** The row's own tests, imports or set-up cannot be run, whatever the program: an error, not an answer. */
  | 'bad-row';

/** What a code submission did in the sandbox. */
export interface CodeReport {
  outcome: CodeOutcome;
  /** Assertions that held, of all. */
  passed: number;
  total: number;
  /** The first assertion that did not hold, as the row writes it, and why; else the first that could not be decided or run. */
  failing: { assertion: string; message: string } | null;
  /** What it printed, cut. */
  stdout: string;
  ms: number;
}

/** One candidate program with the tests of its row. */
export interface CodeSubmission {
  code: string;
  tests: readonly string[];
  imports: readonly string[];
  setup: string;
}

/** A person's own reward function over a batch, with the signature of TRL: `fn(prompts, completions, **columns)`. */
export interface PythonCall {
  source: string;
  /** Name of the function in the source. */
  name: string;
  prompts: readonly string[];
  completions: readonly string[];
  /** One list as long as `completions` for each column of the rows. */
  columns: Readonly<Record<string, readonly unknown[]>>;
}

/** Why a person's function gave no scores: it raised, looped, returned the wrong length or something that is no number. */
export class PythonRewardError extends Error {
  override readonly name = 'PythonRewardError';
}

/** What a person's function says of one completion. */
export type PythonScore = number | null | { error: string };

/** Runs untrusted code away from us. Implemented by core/rewards/sandbox. */
export interface Executor {
  /** One report for each submission, in order. Throws only when the sandbox itself fails. */
  run(submissions: readonly CodeSubmission[], signal?: AbortSignal): Promise<CodeReport[]>;
  /**
   * One finite number for each completion, null where the function returned None, an error where it fails on that completion
   * alone. Without completions the source is only run and the function looked for. Throws PythonRewardError when the function
   * is at fault as a whole.
   */
  call(call: PythonCall, signal?: AbortSignal): Promise<PythonScore[]>;
  close(): Promise<void>;
}

/** One question to a judge about one answer: is this criterion met? */
export interface JudgeQuestion {
  criterion: string;
  /** What the model was asked. */
  question: string;
  /** The model's answer: untrusted text, which the judge must see fenced. */
  answer: string;
  reference: string | null;
}

export type JudgeReport = Judged | { error: string };

export interface Judged {
  met: boolean;
  why: string;
}

/** A judge endpoint for rubric items. One report for each question, in order; a question it could not decide is an `error`. */
export interface Judge {
  judge(questions: readonly JudgeQuestion[], signal?: AbortSignal): Promise<JudgeReport[]>;
}

/** What has been gathered for one completion. A field that is missing was not gathered. */
export interface Evidence {
  code?: CodeReport;
  /** By `<part id>/<item id>`. Missing as a whole: there is no judge, and judged items leave the sum. */
  judged?: Readonly<Record<string, JudgeReport>>;
  /** By part id: what the person's function returned. */
  python?: Readonly<Record<string, PythonScore>>;
}

/** The name of a judged item in the evidence. */
export function judgeKey(part: string, item: string): string {
  return `${part}/${item}`;
}
