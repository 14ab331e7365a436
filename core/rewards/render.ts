// Writes a completion in a structure: the inverse of the parser. Used for worked examples, repaired traces and tests.
import type { ParsedCompletion, Structure } from '../contract/reward.ts';
import { parseCompletion } from './parse.ts';
import { RewardsError } from './rewards-error.ts';

/** Text of one section for each heading of the structure, or of the whole reasoning block where it has no headings. */
export interface CompletionParts {
  sections: string[];
  answer: string;
}

/**
 * The completion in the strict form, without a line end after it. Throws `bad-structure` when it would not read back
 * as the same sections and answer, for example because a section is empty or holds a tag or a heading.
 */
export function renderCompletion(structure: Structure, parts: CompletionParts): string {
  const { headings, reasoningTag, answerTag } = structure;
  const wanted = Math.max(1, headings.length);
  if (parts.sections.length !== wanted)
    throw new RewardsError(
      'bad-structure',
      `A completion in "${structure.id}" needs ${wanted} section texts, but ${parts.sections.length} were given.`,
    );
  const bodies = parts.sections.map((section) => section.trim());
  const lines = headings.length === 0 ? bodies : bodies.map((body, i) => `${headings[i]}:\n${body}`);
  const answer = parts.answer.trim();
  const text = `<${reasoningTag}>\n${lines.join('\n')}\n</${reasoningTag}>\n<${answerTag}>\n${answer}\n</${answerTag}>`;
  const parsed = parseCompletion(text, structure);
  if (parsed.reading !== 'strict') {
    const why = parsed.deviations[0]?.what ?? 'It does not read back.';
    throw new RewardsError('bad-structure', `These sections cannot be written in "${structure.id}". ${why}`);
  }
  return text;
}

/** What `renderCompletion` was given, read back from a completion; null when its reading is `none`. */
export function partsOf(
  text: string,
  parsed: ParsedCompletion,
  structure: Structure,
): CompletionParts | null {
  if (parsed.answer === null || parsed.reasoning === null) return null;
  const sections =
    structure.headings.length === 0
      ? [text.slice(...parsed.reasoning).trim()]
      : parsed.sections.map((section) => text.slice(...section.bodySpan));
  return { sections, answer: text.slice(...parsed.answer) };
}
