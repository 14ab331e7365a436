// One completion scored for a person: the total, its range for this row, and what every part says. Used by suites.ts.
import { readFileSync } from 'node:fs';
import { CoreError } from '../contract/errors.ts';
import { type Explained, InlineRow, type PartOutcome } from '../contract/rewards.ts';
import type { Row } from '../contract/row.ts';
import type { Executor, Judge } from '../rewards/evidence.ts';
import { createGrader, type GradeItem } from '../rewards/grade.ts';
import { atBorder } from './core-errors.ts';
import type { CompiledSuite } from './suite-book.ts';

export interface Helpers {
  executor: Executor;
  judge: Judge | null;
}

/** As training scores it and, where a judge is set, with the judge's word. Throws `unavailable` when code cannot be run, or the judge fails. */
export async function explain(
  { suite, hash, scorer }: CompiledSuite,
  item: GradeItem,
  helpers: Helpers,
  signal?: AbortSignal,
): Promise<Explained> {
  try {
    const { result, outcomes } = await createGrader({ scorer, ...helpers }).explain(item, signal);
    const asked = helpers.judge !== null && asksJudge(scorer, item.row);
    const alone = asked
      ? await createGrader({ scorer, executor: helpers.executor }).explain(item, signal)
      : null;
    const applying = new Set(scorer.partsFor(item.row).map(({ id }) => id));
    return {
      ...result,
      suite: { name: suite.name, version: suite.version, hash },
      structure: scorer.structure,
      ...scorer.rangeOf(item.row),
      outcomes: outcomes.map((outcome, i): PartOutcome => {
        const { fn, min, max } = scorer.parts[i]!;
        return { ...outcome, fn, min, max, applies: applying.has(outcome.id) };
      }),
      unjudged: alone?.result.total ?? null,
    };
  } catch (error) {
    throw atBorder(error);
  }
}

/** Whether a part with criteria for a judge applies to the row. */
function asksJudge(scorer: CompiledSuite['scorer'], row: Row): boolean {
  return scorer.partsFor(row).some(({ fn }) => fn === 'rubric');
}

/** A row that stands in no source, out of what a person gave of it. */
export function rowOf(given: InlineRow, id = 'inline'): Row {
  return {
    ...given,
    id,
    answerRaw: given.answer ?? '',
    source: { dataset: 'inline', config: '', split: '', revision: null, index: 0, licence: null },
    choicePermutation: null,
    flags: [],
    hash: '',
  };
}

/** Throws `not-found`, `damaged`, `bad-input`. */
export function readRowFile(path: string): Row {
  try {
    return rowOf(InlineRow.parse(JSON.parse(readFileSync(path, 'utf8'))));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== undefined)
      throw new CoreError('not-found', `row: ${path} cannot be read. Name a .json file.`, { path }, error);
    throw new CoreError(
      'bad-input',
      `row: ${path} holds no row: a JSON object with "question", "answer" and "answerType".`,
      { path },
      error,
    );
  }
}

/** A text, or what a file holds. Throws `bad-input` for both or none, `not-found` for a file that cannot be read. */
export function completionToScore(text: string | undefined, file: string | undefined): string {
  if ((text === undefined) === (file === undefined))
    throw new CoreError(
      'bad-input',
      'completion: give what the model wrote as a text, or a file that holds it, and not both.',
    );
  if (file === undefined) return text!;
  try {
    return readFileSync(file === '-' ? STANDARD_INPUT : file, 'utf8');
  } catch (error) {
    throw new CoreError(
      'not-found',
      `completionFile: ${file} cannot be read. Name a text file, or - for the standard input.`,
      { path: file },
      error,
    );
  }
}

const STANDARD_INPUT = 0;
