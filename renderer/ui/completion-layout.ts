// Cuts a completion into what a reader sees: sections with their bodies, the answer, loose text, and marks with the deviations' names.
// Pure; used by completion-view.tsx.

export type TextSpan = readonly [start: number, end: number];

/** What the view needs of a parse; the shapes of the contract fit it. */
export interface ParsedText {
  reading: string;
  answer: TextSpan | null;
  tags: readonly { span: TextSpan }[];
  sections: readonly { heading: string; headingSpan: TextSpan; bodySpan: TextSpan }[];
  deviations: readonly { name: string; span: TextSpan; what: string; repairable: boolean }[];
}

export interface Piece {
  text: string;
  /** A deviation lies here; `title` says which and what. */
  mark?: { tone: 'bad' | 'warn'; title: string };
}

export interface Note {
  tone: 'bad' | 'warn';
  name: string;
  what: string;
}

export interface Block {
  /** The text it shows. */
  span: TextSpan;
  kind: 'section' | 'answer' | 'loose';
  heading: string | null;
  pieces: Piece[];
  words: number;
  /** A program between fences. */
  code: boolean;
  /** Deviations about this block, by name, each name once. */
  notes: Note[];
}

export interface Layout {
  blocks: Block[];
  /** Deviations that belong to no block: something is missing as a whole. */
  notes: Note[];
}

interface Range {
  kind: Block['kind'];
  heading: string | null;
  span: TextSpan;
  /** Where deviations are this block's business: heading included. */
  reach: TextSpan;
}

/** Blocks in the order of the text. Tags and headings are structure and are not repeated as text. */
export function layoutCompletion(text: string, parsed: ParsedText): Layout {
  const known: Range[] = parsed.sections.map(({ heading, headingSpan, bodySpan }) => {
    const span = withoutAnswer(text, bodySpan, parsed);
    return { kind: 'section', heading, span, reach: [headingSpan[0], Math.max(span[1], headingSpan[1])] };
  });
  if (parsed.answer) known.push({ kind: 'answer', heading: null, span: parsed.answer, reach: parsed.answer });
  const silent = [...parsed.tags.map((tag) => tag.span), ...parsed.sections.map((each) => each.headingSpan)];
  const ranges = [...known, ...looseRanges(text, [...known.map((each) => each.span), ...silent])].sort(
    (a, b) => a.reach[0] - b.reach[0],
  );
  const homes = parsed.deviations.map((deviation) => homeOf(deviation.span, ranges));
  const blocks = ranges.map((range, i): Block => {
    const mine = parsed.deviations.filter((_, k) => homes[k] === i);
    const body = text.slice(...range.span);
    return {
      span: range.span,
      kind: range.kind,
      heading: range.heading,
      pieces: piecesOf(text, range.span, parsed.deviations),
      words: body.split(/\s+/).filter(Boolean).length,
      code: range.kind === 'answer' && body.startsWith('```'),
      notes: notesOf(mine),
    };
  });
  return { blocks, notes: notesOf(parsed.deviations.filter((_, k) => homes[k] === -1)) };
}

/** A section that was never closed may run into the answer: it ends where the answer's block begins. */
function withoutAnswer(text: string, span: TextSpan, { answer, tags }: ParsedText): TextSpan {
  if (!answer || answer[0] >= span[1] || answer[1] <= span[0]) return span;
  const opening = tags.findLast((tag) => tag.span[1] <= answer[0] && tag.span[0] >= span[0]);
  const end = opening?.span[0] ?? answer[0];
  return [span[0], span[0] + text.slice(span[0], end).trimEnd().length];
}

/** Whatever is neither block nor structure, white space aside. */
function looseRanges(text: string, covered: readonly TextSpan[]): Range[] {
  const sorted = [...covered].sort((a, b) => a[0] - b[0]);
  const ranges: Range[] = [];
  let at = 0;
  for (const [start, end] of [...sorted, [text.length, text.length] as const]) {
    const gap = text.slice(at, start);
    if (gap.trim()) {
      const from = at + (gap.length - gap.trimStart().length);
      const span: TextSpan = [from, from + gap.trim().length];
      ranges.push({ kind: 'loose', heading: null, span, reach: span });
    }
    at = Math.max(at, end);
  }
  return ranges;
}

/** The block a deviation is about; -1 when it lies in none. */
function homeOf(span: TextSpan, ranges: readonly Range[]): number {
  return ranges.findIndex(
    ({ reach }) => span[0] >= reach[0] && span[0] <= reach[1] && span[1] <= reach[1] + 1,
  );
}

function notesOf(deviations: ParsedText['deviations']): Note[] {
  const byName = new Map<string, Note>();
  for (const { name, what, repairable } of deviations)
    if (!byName.has(name)) byName.set(name, { name, what, tone: repairable ? 'warn' : 'bad' });
  return [...byName.values()];
}

function piecesOf(text: string, [start, end]: TextSpan, deviations: ParsedText['deviations']): Piece[] {
  const inside = deviations.filter(({ span }) => span[1] > span[0] && span[0] < end && span[1] > start);
  const cuts = new Set([start, end]);
  for (const { span } of inside) {
    cuts.add(Math.max(start, span[0]));
    cuts.add(Math.min(end, span[1]));
  }
  const sorted = [...cuts].sort((a, b) => a - b);
  return sorted.slice(0, -1).map((from, i) => {
    const to = sorted[i + 1] as number;
    const over = inside.filter(({ span }) => span[0] <= from && span[1] >= to);
    const piece: Piece = { text: text.slice(from, to) };
    if (over.length > 0)
      piece.mark = {
        tone: over.every((each) => each.repairable) ? 'warn' : 'bad',
        title: over.map((each) => `${each.name}: ${each.what}`).join('\n'),
      };
    return piece;
  });
}
