// The part functions, structures and rubrics as data, so that an editor needs nothing else. Used by suites.ts.
import type { PartCatalogue, PartFunction, PartParam, RubricItem } from '../contract/rewards.ts';
import { checkParams } from '../rewards/check-suite.ts';
import { answerTypes, domains } from '../rewards/domains.ts';
import type { ParamSpec, PartDefinition } from '../rewards/parts/part.ts';
import { partDefinitions } from '../rewards/parts/registry.ts';
import { CHECKS, type Importance, WEIGHTS } from '../rewards/rubrics/rubric.ts';
import { findRubric, rubricIds } from '../rewards/rubrics/shipped.ts';
import { structures } from '../rewards/structure.ts';

export function partCatalogue(): PartCatalogue {
  return {
    parts: partDefinitions.map(partFunction),
    structures: [...structures],
    rubrics: rubricIds.map((id) => ({ id, items: asItems(findRubric(id) ?? []) })),
    importances: Object.entries(WEIGHTS).map(([name, weight]) => ({ name: name as Importance, weight })),
    predicates: Object.entries(CHECKS).map(([name, { fields, all }]) => ({
      name,
      fields: Object.entries(fields).map(([field, kind]) => ({
        name: field,
        kind,
        required: all?.includes(field) ?? false,
      })),
    })),
    domains: [...domains],
    answerTypes: [...answerTypes],
  };
}

function partFunction(part: PartDefinition): PartFunction {
  const { fn, explanation, form = false, answerTypes: types = null } = part;
  return {
    fn,
    explanation,
    form,
    answerTypes: types && [...types],
    range: rangeOf(part),
    gathers: part.needs !== undefined,
    params: Object.entries(part.params).map(([name, spec]) => paramOf(name, spec)),
  };
}

function rangeOf({ fn, params, range, object }: PartDefinition) {
  const defaults = checkParams({}, params, fn);
  if (object?.(defaults)) return null;
  const { min, max } = typeof range === 'function' ? range(defaults) : range;
  return { min, max };
}

function paramOf(name: string, spec: ParamSpec): PartParam {
  switch (spec.type) {
    case 'number':
      return { name, ...spec, integer: spec.integer ?? false };
    case 'choice':
      return { name, ...spec, options: [...spec.options] };
    case 'rubric':
      return { name, ...spec, default: asItems(spec.default) };
    default:
      return { name, ...spec };
  }
}

function asItems(items: readonly object[]): RubricItem[] {
  return items.map((item) => ({ ...item }) as RubricItem);
}
