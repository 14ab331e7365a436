// One text against another in pieces, by words or by lines: the only file that knows the library which compares. Used by
// word-diff.tsx and line-diff.tsx.
import { diffLines, diffWordsWithSpace } from 'diff';

export interface DiffPiece {
  text: string;
  change: 'added' | 'removed' | null;
}

type Found = { value: string; added: boolean; removed: boolean };

const pieceOf = ({ value, added, removed }: Found): DiffPiece => ({
  text: value,
  change: added ? 'added' : removed ? 'removed' : null,
});

/** Words with the white space between them; a word and the one in its place stand apart, as words do. */
export function wordPieces(before: string, after: string): DiffPiece[] {
  const pieces = diffWordsWithSpace(before, after).map(pieceOf);
  return pieces.flatMap((piece, i) => (isGlued(pieces, i) ? [piece, { text: ' ', change: null }] : [piece]));
}

/** A removed run right before an inserted one, where the texts have white space or an end around them. Signs in a word's wake stay there. */
function isGlued(pieces: readonly DiffPiece[], at: number): boolean {
  const [before, removed, added, after] = [at - 1, at, at + 1, at + 2].map((i) => pieces[i]);
  if (removed?.change !== 'removed' || added?.change !== 'added') return false;
  if (/\s$/.test(removed.text) || /^\s/.test(added.text)) return false;
  const stands = before === undefined || /\s$/.test(before.text);
  const ends = after === undefined || /^\s/.test(after.text);
  return stands || (ends && /^[\p{L}\p{N}]/u.test(added.text));
}

/** Line by line, without the line ends. */
export function linePieces(before: string, after: string): DiffPiece[] {
  return diffLines(before, after)
    .map(pieceOf)
    .flatMap(({ text, change }) =>
      text
        .replace(/\n$/, '')
        .split('\n')
        .map((line) => ({ text: line, change })),
    );
}
