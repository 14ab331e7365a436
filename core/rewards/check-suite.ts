// Checks a suite that arrives as JSON (a file, the reward server's `load`) and names the field that is wrong. Used by suite.ts.
import type { Suite, SuitePart } from '../contract/reward.ts';
import { domains } from './domains.ts';
import type { ParamSpec, Params } from './parts/part.ts';
import { RewardsError } from './rewards-error.ts';

type Json = Record<string, unknown>;

const SUITE_FIELDS = ['name', 'version', 'structure', 'parts'];
const PART_FIELDS = ['id', 'fn', 'weight', 'params', 'when'];
const PART_ID = /^[a-z][a-z0-9-]{0,39}$/;

/** A suite whose shape is right; what its names stand for is checked at compilation. Throws `bad-suite`. */
export function checkSuite(value: unknown, knownDomains: readonly string[] = domains): Suite {
  if (!isObject(value)) throw fail('A reward suite is a JSON object.');
  const name = typeof value.name === 'string' && value.name !== '' ? value.name : null;
  if (name === null) throw fail('The suite has no name. Give it a "name" in text.');
  refuseUnknown(value, SUITE_FIELDS, `Suite "${name}"`);
  if (!Number.isSafeInteger(value.version) || (value.version as number) < 1)
    throw fail(`Suite "${name}": "version" must be a whole number from 1, not ${show(value.version)}.`);
  if (typeof value.structure !== 'string')
    throw fail(`Suite "${name}": "structure" must be the id of a structure, for example "four-step@1".`);
  if (!Array.isArray(value.parts) || value.parts.length === 0)
    throw fail(`Suite "${name}" has no parts. List at least one in "parts".`);
  const parts = value.parts.map((part, i) => checkPart(part, `Suite "${name}", part ${i + 1}`, knownDomains));
  parts.forEach((part, i) => {
    if (parts.findIndex((other) => other.id === part.id) !== i)
      throw fail(`Suite "${name}" has two parts with the id "${part.id}". Give each its own.`);
  });
  return { name, version: value.version as number, structure: value.structure, parts };
}

function checkPart(value: unknown, where: string, knownDomains: readonly string[]): SuitePart {
  if (!isObject(value)) throw fail(`${where} must be an object with "id", "fn" and "weight".`);
  refuseUnknown(value, PART_FIELDS, where);
  if (typeof value.id !== 'string' || !PART_ID.test(value.id))
    throw fail(`${where}: "id" must be a short name in lower case, not ${show(value.id)}.`);
  const part = `${where} ("${value.id}")`;
  if (typeof value.fn !== 'string') throw fail(`${part}: "fn" must name a reward function.`);
  const { weight } = value;
  if (typeof weight !== 'number' || !Number.isFinite(weight) || weight < 0)
    throw fail(`${part}: "weight" must be a finite number from 0, not ${show(weight)}.`);
  if (value.params !== undefined && !isObject(value.params))
    throw fail(`${part}: "params" must be an object.`);
  const checked: SuitePart = { id: value.id, fn: value.fn, weight };
  if (value.params) checked.params = value.params;
  if (value.when !== undefined) checked.when = checkWhen(value.when, part, knownDomains);
  return checked;
}

function checkWhen(value: unknown, part: string, knownDomains: readonly string[]): { domain: string[] } {
  const list = isObject(value) ? value.domain : undefined;
  if (!isObject(value) || !Array.isArray(list) || list.length === 0)
    throw fail(`${part}: "when" must be {"domain": […]} with at least one domain.`);
  refuseUnknown(value, ['domain'], `${part}, "when"`);
  for (const domain of list)
    if (!knownDomains.includes(domain))
      throw fail(`${part}: unknown domain ${show(domain)} in "when". Known: ${knownDomains.join(', ')}.`);
  return { domain: list as string[] };
}

/** The parameters of a part with defaults filled in. Throws `bad-suite` for unknown names and values out of bounds. */
export function checkParams(given: Json, specs: Readonly<Record<string, ParamSpec>>, part: string): Params {
  refuseUnknown(given, Object.keys(specs), `${part}, "params"`);
  const params: Record<string, number> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const value = given[name] ?? spec.default;
    const kind = spec.integer ? 'a whole number' : 'a number';
    if (typeof value !== 'number' || !(spec.integer ? Number.isSafeInteger(value) : Number.isFinite(value)))
      throw fail(`${part}: parameter "${name}" must be ${kind}, not ${show(value)}.`);
    if (value < spec.min || value > spec.max)
      throw fail(
        `${part}: parameter "${name}" is ${value}, but must lie between ${spec.min} and ${spec.max}.`,
      );
    params[name] = value;
  }
  return params;
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
    );
}

/** A value for a message: JSON where there is one, else its name (`NaN`, `undefined`). */
function show(value: unknown): string {
  return typeof value === 'number' ? String(value) : (JSON.stringify(value)?.slice(0, 60) ?? String(value));
}

function fail(message: string): RewardsError {
  return new RewardsError('bad-suite', message);
}
