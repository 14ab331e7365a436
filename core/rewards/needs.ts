// What one completion needs from outside before a suite can score it: its code run, questions judged, a person's function
// called. Used by suite.ts; grade.ts gathers it.
import type { Structure } from '../contract/reward.ts';
import type { Row } from '../contract/row.ts';
import { submissionOf } from './answers/code.ts';
import { type CompiledPart, inapplicability } from './compiled-part.ts';
import { type CodeSubmission, type JudgeQuestion, judgeKey } from './evidence.ts';
import { parseCompletion } from './parse.ts';
import type { PartNeeds } from './parts/part.ts';

/** What one completion needs from outside before it can be scored; every field is missing for most. */
export interface Needs {
  code?: CodeSubmission;
  /** By `<part id>/<item id>`. */
  judge?: Readonly<Record<string, JudgeQuestion>>;
  /** By part id. */
  python?: Readonly<Record<string, { source: string; name: string }>>;
}

/** The needs of all parts that apply. The completion is parsed only when some part asks. */
export function gatherNeeds(
  parts: readonly CompiledPart[],
  row: Row,
  completion: string,
  structure: Structure,
): Needs {
  const asking = parts.filter((part) => part.definition.needs && inapplicability(part, row) === null);
  if (asking.length === 0) return {};
  const parsed = parseCompletion(completion, structure);
  const needs: {
    code?: Needs['code'];
    judge: Record<string, JudgeQuestion>;
    python: Record<string, NonNullable<PartNeeds['python']>>;
  } = {
    judge: {},
    python: {},
  };
  for (const part of asking) {
    const wanted = part.definition.needs!(row, parsed, part.params, completion);
    if (wanted.code) {
      const submission = submissionOf(row, completion, parsed);
      if (submission) needs.code = submission;
    }
    if (wanted.python) needs.python[part.id] = wanted.python;
    for (const [item, question] of Object.entries(wanted.judge ?? {}))
      needs.judge[judgeKey(part.id, item)] = question;
  }
  return {
    ...(needs.code && { code: needs.code }),
    ...(Object.keys(needs.judge).length > 0 && { judge: needs.judge }),
    ...(Object.keys(needs.python).length > 0 && { python: needs.python }),
  };
}
