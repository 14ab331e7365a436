// The form of a completion as data: which tags, which headings, in which order. Prompts, parser, rewards and views follow it.
import type { Structure } from '../contract/reward.ts';
import { RewardsError } from './rewards-error.ts';

/** Think in four named steps, then answer. */
export const fourStep: Structure = {
  id: 'four-step@1',
  reasoningTag: 'reasoning',
  answerTag: 'answer',
  headings: [
    'Analysis & Strategy',
    'Step-by-Step Execution',
    'Verification & Self-Correction',
    'Final Synthesis',
  ],
};

/** Free thinking in one block, then the answer: the form of many reasoning models. */
export const thinkAnswer: Structure = {
  id: 'think-answer@1',
  reasoningTag: 'think',
  answerTag: 'answer',
  headings: [],
};

/** Free reasoning in one block, then the answer: the form of the Tunix gsm8k demo. */
export const reasoningAnswer: Structure = {
  id: 'reasoning-answer@1',
  reasoningTag: 'reasoning',
  answerTag: 'answer',
  headings: [],
};

export const structures: readonly Structure[] = [fourStep, thinkAnswer, reasoningAnswer];

/** The shipped structure of that id. Throws `bad-structure` for an unknown one. */
export function findStructure(id: string): Structure {
  const found = structures.find((structure) => structure.id === id);
  if (found) return found;
  const known = structures.map((structure) => structure.id).join(', ');
  throw new RewardsError('bad-structure', `There is no structure "${id}". Known: ${known}.`, 'structure');
}

const FIELDS = ['id', 'reasoningTag', 'answerTag', 'headings'];
const ID = /^[a-z][a-z0-9-]{0,39}@[1-9]\d{0,5}$/;
const TAG = /^[a-z][a-z0-9-]{0,29}$/;
const MAX_HEADINGS = 20;

/** A structure that arrives as JSON. Throws `bad-structure` with the field that is wrong. */
export function checkStructure(value: unknown): Structure {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw fail('A structure is an object with "id", "reasoningTag", "answerTag" and "headings".');
  const unknown = Object.keys(value).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined)
    throw fail(`A structure has no field "${unknown}". Known: ${FIELDS.join(', ')}.`);
  const { id, reasoningTag, answerTag, headings } = value as Record<string, unknown>;
  if (typeof id !== 'string' || !ID.test(id))
    throw fail('A structure needs an "id" of a name and a version, for example "five-step@1".');
  const shipped = structures.find((structure) => structure.id === id);
  for (const [field, tag] of Object.entries({ reasoningTag, answerTag }))
    if (typeof tag !== 'string' || !TAG.test(tag))
      throw fail(`Structure "${id}": "${field}" must be lower-case letters, digits and dashes.`);
  if (reasoningTag === answerTag) throw fail(`Structure "${id}": the two tags must differ.`);
  if (!Array.isArray(headings) || headings.length > MAX_HEADINGS)
    throw fail(`Structure "${id}": "headings" must be a list of at most ${MAX_HEADINGS} texts.`);
  headings.forEach((heading, i) => {
    checkHeading(heading, `Structure "${id}", heading ${i + 1}`);
  });
  const spellings = headings.map((heading) => headingKey(heading));
  const twin = spellings.findIndex((spelling, i) => spellings.indexOf(spelling) !== i);
  if (twin !== -1) throw fail(`Structure "${id}": two headings read as "${headings[twin]}".`);
  const structure = { id, reasoningTag, answerTag, headings } as Structure;
  if (shipped && JSON.stringify(shipped) !== JSON.stringify({ ...structure }))
    throw fail(`Structure "${id}" ships with other contents. Give yours its own id.`);
  return shipped ?? structure;
}

function checkHeading(heading: unknown, where: string): void {
  if (typeof heading !== 'string' || heading.length > 80 || heading !== heading.trim())
    throw fail(`${where} must be a text of at most 80 characters without white space around it.`);
  if (!/^\p{L}/u.test(heading) || !/^[\p{L}\p{N} &-]+$/u.test(heading))
    throw fail(
      `${where}: "${heading}" must start with a letter and hold only letters, digits, spaces, dashes and "&".`,
    );
}

/** What a heading is told apart by, however it is spelt. */
function headingKey(heading: string): string {
  return (heading.toLowerCase().match(/&|[\p{L}\p{N}]+/gu) ?? [])
    .map((token) => (token === 'and' ? '&' : token))
    .join(' ');
}

function fail(message: string): RewardsError {
  return new RewardsError('bad-structure', message);
}
