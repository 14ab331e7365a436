// What is wrong with a draft of a suite, all of it at once and by field, for an editor. Used by suites.ts.
import type { Suite } from '../contract/reward.ts';
import type { SuiteCheck, SuiteProblem } from '../contract/rewards.ts';
import { checkPart, isObject } from '../rewards/check-suite.ts';
import { compilePart } from '../rewards/compiled-part.ts';
import { domains } from '../rewards/domains.ts';
import { findPart } from '../rewards/parts/registry.ts';
import { RewardsError } from '../rewards/rewards-error.ts';
import { compileSuite, type Scorer } from '../rewards/suite.ts';

export const SUITE_NAME = /^[a-z][a-z0-9-]{0,39}$/;

/** Never throws for a draft, whatever it is. */
export function checkDraft(draft: unknown): SuiteCheck {
  const problems = isObject(draft)
    ? [...suiteProblems(draft), ...partProblems(draft.parts)]
    : [{ part: null, field: null, message: 'A reward suite is a JSON object.' }];
  const refused = { ok: false, min: null, max: null, warnings: [] };
  if (problems.length > 0) return { ...refused, problems };
  let scorer: Scorer | undefined;
  // What is wrong with the parts together only.
  const together = problemsIn(null, () => {
    scorer = compileSuite(withVersion(draft as Json));
  });
  if (!scorer) return { ...refused, problems: together };
  const { min, max, warnings } = scorer;
  return { ok: true, min, max, warnings: [...warnings], problems };
}

/** A part that nothing is wrong with, to look at the rest of a suite alone. */
const SOUND = { id: 'sound', fn: 'structure', weight: 1 };

type Json = Readonly<Record<string, unknown>>;

/** A draft may leave its version to the one who keeps it. */
function withVersion(draft: Json): Json {
  return { ...draft, version: draft.version ?? 1 };
}

function suiteProblems(draft: Json): SuiteProblem[] {
  const problems = problemsIn(null, () => compileSuite({ ...withVersion(draft), parts: [SOUND] }));
  if (typeof draft.name === 'string' && draft.name !== '' && !SUITE_NAME.test(draft.name))
    problems.push({
      part: null,
      field: 'name',
      message: `"${draft.name}" cannot be the name of a suite: use lower-case letters, digits and dashes, at most 40.`,
    });
  return problems;
}

function partProblems(parts: unknown): SuiteProblem[] {
  if (!Array.isArray(parts) || parts.length === 0)
    return [{ part: null, field: 'parts', message: 'The suite has no parts. Add at least one.' }];
  const ids = parts.map((part) => (isObject(part) ? part.id : undefined));
  return parts.flatMap((part, i) => {
    const problems = problemsIn(i, () => {
      const checked = checkPart(part, `Part ${i + 1}`, domains);
      const alone: Suite = { name: 'draft', version: 1, structure: 'four-step@1', parts: [checked] };
      compilePart(alone, 0, findPart);
    });
    if (typeof ids[i] === 'string' && ids.indexOf(ids[i]) !== i)
      problems.push({
        part: i,
        field: 'id',
        message: `Two parts have the id "${ids[i]}". Give each its own.`,
      });
    return problems;
  });
}

function problemsIn(part: number | null, work: () => void): SuiteProblem[] {
  try {
    work();
    return [];
  } catch (error) {
    if (!(error instanceof RewardsError)) throw error;
    return [{ part, field: error.field, message: error.message }];
  }
}
