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

/** Words with the white space between them. */
export const wordPieces = (before: string, after: string) => diffWordsWithSpace(before, after).map(pieceOf);

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
