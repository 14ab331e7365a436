// Checks a suite that arrives as JSON (a file, the reward server's `load`) and names the field that is wrong. Used by suite.ts.
import type { Suite, SuitePart } from '../contract/reward.ts';
import { answerTypes, domains } from './domains.ts';
import type { ParamSpec, ParamSpecs, Params } from './parts/part.ts';
import { RewardsError } from './rewards-error.ts';
import { objectToItems } from './rubrics/rubric.ts';
import { checkStructure } from './structure.ts';

type Json = Record<string, unknown>;

const SUITE_FIELDS = ['name', 'version', 'structure', 'parts'];
const PART_FIELDS = ['id', 'fn', 'weight', 'params', 'when'];
/** Weights are relative: beyond this a total says nothing any more, and at last it is infinite. */
const MAX_WEIGHT = 1000;
const PART_ID = /^[a-z][a-z0-9-]{0,39}$/;

/** A suite whose shape is right; what its names stand for is checked at compilation. Throws `bad-suite`. */
export function checkSuite(value: unknown, knownDomains: readonly string[] = domains): Suite {
  if (!isObject(value)) throw fail('A reward suite is a JSON object.');
  const name = typeof value.name === 'string' && value.name !== '' ? value.name : null;
  if (name === null) throw fail('The suite has no name. Give it a "name" in text.', 'name');
  refuseUnknown(value, SUITE_FIELDS, `Suite "${name}"`);
  if (!Number.isSafeInteger(value.version) || (value.version as number) < 1)
    throw fail(
      `Suite "${name}": "version" must be a whole number from 1, not ${show(value.version)}.`,
      'version',
    );
  const structure = checkSuiteStructure(value.structure, `Suite "${name}"`);
  if (!Array.isArray(value.parts) || value.parts.length === 0)
    throw fail(`Suite "${name}" has no parts. List at least one in "parts".`, 'parts');
  const parts = value.parts.map((part, i) => checkPart(part, `Suite "${name}", part ${i + 1}`, knownDomains));
  parts.forEach((part, i) => {
    if (parts.findIndex((other) => other.id === part.id) !== i)
      throw fail(`Suite "${name}" has two parts with the id "${part.id}". Give each its own.`, 'id');
  });
  if (parts.every((part) => part.weight === 0))
    throw fail(
      `Suite "${name}": every weight is 0, so every completion earns the same and nothing is learned.`,
      'weight',
    );
  return { name, version: value.version as number, structure, parts };
}

function checkSuiteStructure(value: unknown, suite: string): Suite['structure'] {
  if (typeof value === 'string') return value;
  if (!isObject(value))
    throw fail(
      `${suite}: "structure" must be the id of a structure, for example "four-step@1", or a structure.`,
      'structure',
    );
  try {
    return checkStructure(value);
  } catch (error) {
    if (error instanceof RewardsError) throw fail(`${suite}: ${error.message}`, 'structure');
    throw error;
  }
}

/** One part by itself. `where` begins the message. Throws `bad-suite`. */
export function checkPart(value: unknown, where: string, knownDomains: readonly string[]): SuitePart {
  if (!isObject(value)) throw fail(`${where} must be an object with "id", "fn" and "weight".`);
  refuseUnknown(value, PART_FIELDS, where);
  if (typeof value.id !== 'string' || !PART_ID.test(value.id))
    throw fail(`${where}: "id" must be a short name in lower case, not ${show(value.id)}.`, 'id');
  const part = `${where} ("${value.id}")`;
  if (typeof value.fn !== 'string') throw fail(`${part}: "fn" must name a reward function.`, 'fn');
  const { weight } = value;
  if (typeof weight !== 'number' || !(weight >= 0 && weight <= MAX_WEIGHT))
    throw fail(`${part}: "weight" must be a number from 0 to ${MAX_WEIGHT}${instead(weight)}.`, 'weight');
  if (value.params !== undefined && !isObject(value.params))
    throw fail(`${part}: "params" must be an object.`, 'params');
  const checked: SuitePart = { id: value.id, fn: value.fn, weight };
  if (value.params) checked.params = value.params;
  if (value.when !== undefined) checked.when = checkWhen(value.when, part, knownDomains);
  return checked;
}

function checkWhen(
  value: unknown,
  part: string,
  knownDomains: readonly string[],
): NonNullable<SuitePart['when']> {
  if (!isObject(value) || (value.domain === undefined && value.answerType === undefined))
    throw fail(`${part}: "when" must be {"domain": […]}, {"answerType": […]} or both.`, 'when');
  refuseUnknown(value, ['domain', 'answerType'], `${part}, "when"`);
  const { domain, answerType } = value;
  if (domain !== undefined) checkNames(domain, knownDomains, 'domain', part);
  if (answerType !== undefined) checkNames(answerType, answerTypes, 'answerType', part);
  return value as NonNullable<SuitePart['when']>;
}

function checkNames(list: unknown, known: readonly string[], field: string, part: string): void {
  if (!Array.isArray(list) || list.length === 0)
    throw fail(`${part}: "${field}" in "when" must be a list with at least one name.`, `when.${field}`);
  for (const name of list)
    if (!known.includes(name))
      throw fail(
        `${part}: unknown ${field} ${show(name)} in "when". Known: ${known.join(', ')}.`,
        `when.${field}`,
      );
}

/** The parameters of a part with defaults filled in. Throws `bad-suite` for unknown names and values out of bounds. */
export function checkParams(given: Json, specs: ParamSpecs, part: string): Params {
  refuseUnknown(given, Object.keys(specs), `${part}, "params"`);
  const params: Json = {};
  for (const [name, spec] of Object.entries(specs)) {
    const value = given[name] === undefined ? spec.default : given[name];
    const objection = objectToParam(value, spec);
    if (objection) throw fail(`${part}: parameter "${name}" ${objection}.`, `params.${name}`);
    params[name] = value;
  }
  return params;
}

/** What is wrong with one value, or null. */
function objectToParam(value: unknown, spec: ParamSpec): string | null {
  switch (spec.type) {
    case 'number': {
      const kind = spec.integer ? 'a whole number' : 'a number';
      if (typeof value !== 'number' || !(spec.integer ? Number.isSafeInteger(value) : Number.isFinite(value)))
        return `must be ${kind} from ${spec.min} to ${spec.max}${instead(value)}`;
      if (value >= spec.min && value <= spec.max) return null;
      return `is ${value}, but must lie between ${spec.min} and ${spec.max}`;
    }
    case 'choice':
      return spec.options.includes(value as string)
        ? null
        : `must be one of ${spec.options.join(', ')}, not ${show(value)}`;
    case 'flag':
      return typeof value === 'boolean' ? null : `must be true or false, not ${show(value)}`;
    case 'text':
      if (typeof value !== 'string') return `must be text, not ${show(value)}`;
      return value.length <= spec.maxLength ? null : `is longer than ${spec.maxLength} characters`;
    case 'rubric': {
      // The default, no items, is for parts that take a shipped rubric instead; `object` of the part decides.
      if (value === spec.default) return null;
      const objection = objectToItems(value);
      return objection && `is no rubric: ${objection}`;
    }
  }
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuseUnknown(value: Json, known: readonly string[], where: string): void {
  const unknown = Object.keys(value).find((field) => !known.includes(field));
  if (unknown !== undefined)
    throw fail(
      `${where} has a field "${unknown}" that this version does not know. Known: ${known.join(', ') || 'none'}. ` +
        'It may come from a newer version of the program.',
      unknown,
    );
}

/** ", not 7", and nothing for NaN: that is a field in which no number was written. */
function instead(value: unknown): string {
  return Number.isNaN(value) ? '' : `, not ${show(value)}`;
}

/** A value for a message: JSON where there is one, else its name (`NaN`, `undefined`). */
function show(value: unknown): string {
  return typeof value === 'number' ? String(value) : (JSON.stringify(value)?.slice(0, 60) ?? String(value));
}

function fail(message: string, field: string | null = null): RewardsError {
  return new RewardsError('bad-suite', message, field);
}
