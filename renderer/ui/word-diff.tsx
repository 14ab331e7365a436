// One text against another, word by word: what went is struck through, what came is underlined.
import { useMemo } from 'react';
import { classNames } from './class-names.ts';
import { wordPieces } from './text-diff.ts';
import styles from './word-diff.module.css';

interface WordDiffProps {
  before: string;
  after: string;
  label: string;
}

/** Longer texts are compared by their beginnings: the comparison takes time that grows faster than they do. */
const LONGEST = 20_000;

export function WordDiff({ before, after, label }: WordDiffProps) {
  const pieces = useMemo(
    () => wordPieces(before.slice(0, LONGEST), after.slice(0, LONGEST)),
    [before, after],
  );
  if (before === after) return <p className={styles.same}>Word for word the same.</p>;
  return (
    <section className={styles.text} aria-label={label}>
      {pieces.map(({ text, change }, i) => {
        const Tag = change === 'added' ? 'ins' : change === 'removed' ? 'del' : 'span';
        return (
          <Tag
            // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one comparison never move
            key={i}
            className={classNames(change && styles[change])}
          >
            {text}
          </Tag>
        );
      })}
      {Math.max(before.length, after.length) > LONGEST && (
        <small className={styles.cut}>Only the first 20,000 characters are compared.</small>
      )}
    </section>
  );
}
