// Finds the tags of a structure in a completion and pairs them to blocks, in one pass from left to right. Used by parse.ts.
import type { Span, Structure } from '../contract/reward.ts';

export interface Tag {
  name: string;
  closing: boolean;
  /** Written exactly as declared: lower case as in the structure, no white space, no attributes. */
  exact: boolean;
  span: Span;
}

export interface Block {
  tag: string;
  open: Tag;
  close: Tag | null;
  /** Between the tags; to the end of what encloses it when it was never closed. */
  inner: Span;
  /** 0 when no other block encloses it. */
  depth: number;
}

export interface BlockScan {
  tags: Tag[];
  /** By opening tag, in the order of the text. */
  blocks: Block[];
  /** Closing tags with nothing open to close. */
  strays: Tag[];
}

/** Longest white space or attribute text inside a tag; beyond it a `<` is plain text. Keeps the scan linear. */
const MAX_INSIDE = 100;
const LESS_THAN = 60;
const SLASH = 47;
const GREATER_THAN = 62;

/** Every opening and closing tag of the structure, however it is spelt (`<Answer>`, `< answer >`, `<answer type="x">`). */
export function readTags(text: string, structure: Structure): Tag[] {
  // A structure's tags are lower-case ASCII letters, so `| 32` finds a first letter in either case.
  const names = [structure.reasoningTag, structure.answerTag];
  const tags: Tag[] = [];
  let at = text.indexOf('<');
  while (at !== -1) {
    const tag = readTag(text, at, names);
    if (tag) tags.push(tag);
    at = text.indexOf('<', tag ? tag.span[1] : at + 1);
  }
  return tags;
}

function readTag(text: string, start: number, names: readonly string[]): Tag | null {
  const limit = Math.min(text.length, start + MAX_INSIDE);
  let at = skipBlank(text, start + 1, limit);
  const closing = text.charCodeAt(at) === SLASH;
  if (closing) at = skipBlank(text, at + 1, limit);
  const initial = text.charCodeAt(at) | 32;
  for (const name of names) {
    if (name.charCodeAt(0) !== initial) continue;
    const written = text.slice(at, at + name.length);
    if (written !== name && written.toLowerCase() !== name) continue;
    const end = findTagEnd(text, at + name.length);
    if (end === -1) continue;
    const exact = end - start === name.length + (closing ? 3 : 2) && written === name;
    return { name, closing, exact, span: [start, end] };
  }
  return null;
}

/** End of a tag whose name ends at `at`, or -1 when the name goes on or no `>` follows on the line. */
function findTagEnd(text: string, at: number): number {
  if (text.charCodeAt(at) === GREATER_THAN) return at + 1;
  if (!isBlank(text.charCodeAt(at)) && text.charCodeAt(at) !== SLASH) return -1;
  const limit = Math.min(text.length, at + MAX_INSIDE);
  for (let i = at; i < limit; i++) {
    const code = text.charCodeAt(i);
    if (code === GREATER_THAN) return i + 1;
    if (code === LESS_THAN) return -1;
  }
  return -1;
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9 || code === 10 || code === 13;
}

function skipBlank(text: string, start: number, limit: number): number {
  let at = start;
  while (at < limit && isBlank(text.charCodeAt(at))) at++;
  return at;
}

/** Pairs tags to blocks with a stack. A closing tag closes what it names and everything left open inside that. */
export function pairTags(tags: Tag[], textLength: number): BlockScan {
  const blocks: Block[] = [];
  const strays: Tag[] = [];
  const stack: Block[] = [];
  const openOf = new Map<string, number>();
  const leave = (close: Tag | null, end: number): Block => {
    const block = stack.pop()!;
    openOf.set(block.tag, openOf.get(block.tag)! - 1);
    block.close = close;
    block.inner = [block.open.span[1], end];
    return block;
  };
  for (const tag of tags) {
    if (!tag.closing) {
      const inner: Span = [tag.span[1], tag.span[1]];
      const block = { tag: tag.name, open: tag, close: null, inner, depth: stack.length };
      stack.push(block);
      openOf.set(tag.name, (openOf.get(tag.name) ?? 0) + 1);
      blocks.push(block);
    } else if ((openOf.get(tag.name) ?? 0) === 0) {
      strays.push(tag);
    } else {
      while (stack[stack.length - 1]!.tag !== tag.name) leave(null, tag.span[0]);
      leave(tag, tag.span[0]);
    }
  }
  while (stack.length > 0) leave(null, textLength);
  return { tags, blocks, strays };
}
