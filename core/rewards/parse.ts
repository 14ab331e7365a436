// Reads a completion: what it is made of, where every piece stands, and every departure from the declared form by name.
// Called by the scorer for each completion and by every view that shows one. Never throws, in time linear in the length.
import type {
  Deviation,
  DeviationName,
  ParsedCompletion,
  ParsedSection,
  Span,
  Structure,
} from '../contract/reward.ts';
import { type FoundHeading, findHeadings } from './headings.ts';
import { type Block, type BlockScan, pairTags, readTags } from './tags.ts';

/** Deviations after which the answer must not be read; a closing or second answer tag in the wrong place is one too. */
const FATAL: ReadonlySet<DeviationName> = new Set(['nested-tag', 'unclosed-tag', 'answer-empty']);

const HAS_LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;

/** How many deviations of one name are listed: enough to show, and a flood of tags stays cheap. */
const MAX_OF_A_NAME = 100;

interface Reader {
  text: string;
  structure: Structure;
  deviations: Deviation[];
  counts: Map<DeviationName, number>;
  /** Some deviation, listed or not, forbids reading the answer. */
  fatal: boolean;
}

/**
 * Reads `text` as a completion in `structure`.
 *
 * The reading is `strict` when the text is white space, one reasoning block, one answer block and nothing else, every
 * heading once, in order, alone on its line and with text under it. It is `repairable` when the text departs from that
 * but holds exactly one answer block, closed, not empty, outside every other block, and no tag is nested or left open.
 * Otherwise it is `none`, and no answer is read: there is never a choice between candidates.
 */
export function parseCompletion(text: string, structure: Structure): ParsedCompletion {
  const reader: Reader = { text, structure, deviations: [], counts: new Map(), fatal: false };
  const scan = pairTags(readTags(text, structure), text.length);
  const outer = scan.blocks.filter((block) => block.depth === 0);
  noteTags(reader, scan);
  noteOutside(reader, outer, scan);
  const reasoning = outer.find((block) => block.tag === structure.reasoningTag) ?? null;
  const sections = reasoning ? readSections(reader, reasoning.inner) : [];
  const answers = scan.blocks.filter((block) => block.tag === structure.answerTag);
  const answer = readAnswer(reader, answers);
  reader.deviations.sort((a, b) => a.span[0] - b.span[0]);
  const reading = reader.deviations.length === 0 ? 'strict' : answer && !reader.fatal ? 'repairable' : 'none';
  return {
    structure: structure.id,
    reading,
    tags: scan.tags.map((tag) => ({ tag: tag.name, closing: tag.closing, span: tag.span })),
    reasoning: reasoning?.inner ?? null,
    answer: reading === 'none' ? null : answer,
    answers: answers.map((block) => block.inner),
    sections,
    deviations: reader.deviations,
  };
}

function note(
  reader: Reader,
  name: DeviationName,
  span: Span,
  what: string,
  repairable = !FATAL.has(name),
): void {
  if (!repairable) reader.fatal = true;
  const count = (reader.counts.get(name) ?? 0) + 1;
  reader.counts.set(name, count);
  if (count <= MAX_OF_A_NAME) reader.deviations.push({ name, span, what, repairable });
}

function noteTags(reader: Reader, scan: BlockScan): void {
  const { reasoningTag, answerTag } = reader.structure;
  const seen = new Set<string>();
  for (const tag of scan.tags)
    if (!tag.exact)
      note(reader, 'tag-variant', tag.span, 'This tag is not written exactly as the form has it.');
  for (const tag of scan.strays)
    note(reader, 'stray-tag', tag.span, 'This closing tag closes nothing.', tag.name !== answerTag);
  for (const block of scan.blocks) {
    if (block.depth > 0) note(reader, 'nested-tag', block.open.span, 'This tag opens inside another block.');
    if (!block.close) note(reader, 'unclosed-tag', block.open.span, 'This block is never closed.');
    if (seen.has(block.tag))
      note(
        reader,
        'duplicate-tag',
        block.open.span,
        'There is more than one block of this tag.',
        block.tag !== answerTag,
      );
    seen.add(block.tag);
  }
  if (!seen.has(reasoningTag)) note(reader, 'missing-tag', [0, 0], `There is no <${reasoningTag}> block.`);
  if (!seen.has(answerTag)) {
    const end = reader.text.length;
    note(reader, 'missing-tag', [end, end], `There is no <${answerTag}> block.`, false);
  }
}

/** Text outside the blocks and the order of the blocks. Stray closing tags are not text. */
function noteOutside(reader: Reader, outer: Block[], scan: BlockScan): void {
  const { reasoningTag, answerTag } = reader.structure;
  const firstReasoning = outer.findIndex((block) => block.tag === reasoningTag);
  const firstAnswer = outer.findIndex((block) => block.tag === answerTag);
  if (firstAnswer !== -1 && firstReasoning > firstAnswer)
    note(reader, 'tag-order', outer[firstAnswer]!.open.span, 'The answer stands before the reasoning.');
  let blockCount = 0;
  let strayCount = 0;
  let at = 0;
  while (true) {
    const block = outer[blockCount];
    const stray = scan.strays[strayCount];
    // A stray tag inside a block belongs to the text of that block.
    const next = stray && (!block || stray.span[0] < block.open.span[0]) ? stray.span : extent(block, reader);
    const gapEnd = next ? Math.max(next[0], at) : reader.text.length;
    if (gapEnd > at) noteGap(reader, [at, gapEnd], blockCount, outer.length);
    if (!next) return;
    if (block && next[0] === block.open.span[0]) blockCount++;
    else strayCount++;
    at = Math.max(at, next[1]);
  }
}

function extent(block: Block | undefined, reader: Reader): Span | null {
  if (!block) return null;
  return [block.open.span[0], block.close ? block.close.span[1] : reader.text.length];
}

function noteGap(reader: Reader, gap: Span, blocksBefore: number, blocksInAll: number): void {
  const span = trim(reader.text, gap);
  if (span[0] === span[1] || blocksInAll === 0) return;
  if (blocksBefore === 0) note(reader, 'text-before', span, 'Text before the first block.');
  else if (blocksBefore < blocksInAll) note(reader, 'text-between', span, 'Text between the blocks.');
  else note(reader, 'text-after', span, 'Text after the last block.');
}

function readSections(reader: Reader, inner: Span): ParsedSection[] {
  const { text, structure } = reader;
  const [from, to] = inner;
  if (structure.headings.length === 0) {
    if (!hasWords(text, inner))
      note(reader, 'reasoning-empty', trim(text, inner), 'The reasoning block holds no words.');
    return [];
  }
  const headings = findHeadings(text, from, to, structure.headings);
  const sections = headings.map((heading, i): ParsedSection => {
    const bodySpan = trim(text, [heading.span[1], headings[i + 1]?.span[0] ?? to]);
    return { heading: structure.headings[heading.index]!, headingSpan: heading.span, bodySpan };
  });
  noteHeadings(reader, headings, from);
  for (const section of sections)
    if (!hasWords(text, section.bodySpan))
      note(reader, 'section-empty', section.headingSpan, `Nothing is written under "${section.heading}".`);
  const before = trim(text, [from, headings[0]?.span[0] ?? from]);
  if (before[0] < before[1]) note(reader, 'text-before-heading', before, 'Text before the first heading.');
  return sections;
}

function noteHeadings(reader: Reader, headings: FoundHeading[], from: number): void {
  const names = reader.structure.headings;
  const seen = new Set<number>();
  let last = -1;
  for (const { index, span, alone, exact } of headings) {
    const name = names[index]!;
    if (!alone) note(reader, 'heading-inline', span, `"${name}" shares its line with other text.`);
    if (!exact) note(reader, 'heading-variant', span, `This stands for "${name}" but is spelt differently.`);
    if (seen.has(index)) note(reader, 'heading-duplicate', span, `"${name}" stands here again.`);
    else if (index < last) note(reader, 'heading-order', span, `"${name}" stands too late.`);
    seen.add(index);
    last = Math.max(last, index);
  }
  names.forEach((name, index) => {
    if (!seen.has(index)) note(reader, 'heading-missing', [from, from], `The heading "${name}" is missing.`);
  });
}

/** The trimmed inside of the one answer block, or null when there is none, more than one, or nothing in it. */
function readAnswer(reader: Reader, answers: Block[]): Span | null {
  let only: Span | null = null;
  for (const block of answers) {
    const span = trim(reader.text, block.inner);
    if (span[0] === span[1]) note(reader, 'answer-empty', block.open.span, 'The answer block is empty.');
    else if (answers.length === 1) only = span;
  }
  return only;
}

/** Whether a span holds a letter or digit of any script. Most begin with one. */
function hasWords(text: string, [from, to]: Span): boolean {
  return isAsciiLetter(text.charCodeAt(from)) ? from < to : HAS_LETTER_OR_DIGIT.test(text.slice(from, to));
}

function isAsciiLetter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

/** The span without white space at both ends. An empty one keeps its start. */
function trim(text: string, [from, to]: Span): Span {
  let start = from;
  let end = to;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  if (start === end) return [from, from];
  while (isSpace(text.charCodeAt(end - 1))) end--;
  return [start, end];
}

function isSpace(code: number): boolean {
  return (
    (code >= 9 && code <= 13) ||
    code === 32 ||
    code === 0xa0 ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000 ||
    code === 0xfeff
  );
}
