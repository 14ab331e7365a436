// Code against code, line by line: what went has a minus, what came a plus, and lines in between stand as they are.
import { useMemo } from 'react';
import { classNames } from './class-names.ts';
import styles from './line-diff.module.css';
import { linePieces } from './text-diff.ts';

interface LineDiffProps {
  label: string;
  before: string;
  after: string;
}

/** A region that scrolls must take the focus, or only a pointer could read its end. */
const REGION = { tabIndex: 0 } as const;

export function LineDiff({ label, before, after }: LineDiffProps) {
  const lines = useMemo(() => linePieces(before, after), [before, after]);
  return (
    <section {...REGION} aria-label={label} className={styles.region}>
      {lines.map(({ text, change }, i) => {
        const Tag = change === 'added' ? 'ins' : change === 'removed' ? 'del' : 'span';
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines of one comparison never move
          <Tag key={i} className={classNames(styles.line, change && styles[change])}>
            <span className={styles.sign}>{change === 'added' ? '+' : change === 'removed' ? '−' : ' '}</span>
            {text}
          </Tag>
        );
      })}
    </section>
  );
}
