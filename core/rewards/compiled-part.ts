// One part of a suite, ready to score: its function found, its parameters checked. Used by suite.ts and needs.ts.
import type { Suite, SuitePart } from '../contract/reward.ts';
import type { Row } from '../contract/row.ts';
import { checkParams } from './check-suite.ts';
import type { Params, PartDefinition } from './parts/part.ts';
import { partDefinitions } from './parts/registry.ts';
import { RewardsError } from './rewards-error.ts';

/** A part as compiled; `min` and `max` are of its score, before the weight. */
export interface ScorerPart {
  id: string;
  fn: string;
  weight: number;
  min: number;
  max: number;
  /** It pays for the form only, whatever the answer. */
  form: boolean;
}

export interface CompiledPart extends ScorerPart {
  definition: PartDefinition;
  params: Params;
  when: SuitePart['when'];
}

/** Part `index` of a suite, ready to score. Throws `bad-suite`. */
export function compilePart(
  suite: Suite,
  index: number,
  find: (fn: string) => PartDefinition | undefined,
): CompiledPart {
  const part = suite.parts[index]!;
  const where = `Suite "${suite.name}", part "${part.id}"`;
  const definition = find(part.fn);
  if (!definition) {
    const known = partDefinitions.map((each) => each.fn).join(', ');
    throw new RewardsError(
      'bad-suite',
      `${where}: there is no reward function "${part.fn}". Known: ${known}.`,
      'fn',
    );
  }
  const params = checkParams(part.params ?? {}, definition.params, where);
  const objection = definition.object?.(params);
  if (objection) throw new RewardsError('bad-suite', `${where}: ${objection}`, 'params');
  const { min, max } = typeof definition.range === 'function' ? definition.range(params) : definition.range;
  return {
    id: part.id,
    fn: part.fn,
    weight: part.weight,
    min,
    max,
    form: definition.form === true,
    definition,
    params,
    when: part.when,
  };
}

/** Why a part says nothing about rows of this kind; null when it applies. */
export function inapplicability(part: CompiledPart, row: Pick<Row, 'domain' | 'answerType'>): string | null {
  const { when, definition } = part;
  if (when?.domain && !when.domain.includes(row.domain))
    return `Does not apply to the domain "${row.domain}".`;
  if (when?.answerType && !when.answerType.includes(row.answerType))
    return `Does not apply to answers of type "${row.answerType}".`;
  if (definition.answerTypes && !definition.answerTypes.includes(row.answerType))
    return row.answerType === 'open'
      ? 'An open task has no single right answer.'
      : `"${definition.fn}" says nothing about answers of type "${row.answerType}".`;
  return null;
}
