// Cuts a text at the ends of its marks, so that each piece is under the same marks from end to end. Pure; used by
// marked-text-area.tsx.
import type { TextSpan } from './completion-layout.ts';

export interface TextMark {
  /** [start, end) in UTF-16 code units. */
  span: TextSpan;
  look: 'tag' | 'heading' | 'good' | 'bad' | 'warn';
  /** What is said about these words; a mark without it only colours. */
  title?: string;
}

export interface TextPiece {
  /** Where it begins in the text. */
  from: number;
  text: string;
  looks: TextMark['look'][];
  /** Everything that is said about it, a line each. */
  title: string | undefined;
}

/** Pieces in order; joined they are the text. Also cut at `cuts`, where something is to be set between two pieces. */
export function piecesUnder(
  text: string,
  marks: readonly TextMark[],
  cuts: readonly number[] = [],
): TextPiece[] {
  const within = (at: number) => Math.max(0, Math.min(text.length, at));
  const edges = new Set([0, text.length, ...cuts.map(within)]);
  for (const { span } of marks) for (const at of span) edges.add(within(at));
  const sorted = [...edges].sort((a, b) => a - b);
  const coming = marks.filter(({ span }) => span[1] > span[0]).sort((a, b) => a.span[0] - b.span[0]);
  let next = 0;
  let open: TextMark[] = [];
  return sorted.slice(0, -1).map((from, i) => {
    for (let mark = coming[next]; mark && mark.span[0] <= from; mark = coming[++next]) open.push(mark);
    open = open.filter(({ span }) => span[1] > from);
    const titles = [...new Set(open.flatMap(({ title }) => title ?? []))];
    return {
      from,
      text: text.slice(from, sorted[i + 1]),
      looks: [...new Set(open.map(({ look }) => look))],
      title: titles.length > 0 ? titles.join('\n') : undefined,
    };
  });
}

/** What is said about the place of a caret; undefined where nothing is. */
export function titleAt(marks: readonly TextMark[], at: number): string | undefined {
  const titles = marks.flatMap(({ span, title }) => (title && span[0] <= at && at <= span[1] ? title : []));
  return titles.length > 0 ? [...new Set(titles)].join('\n') : undefined;
}
