// The head of a screen: where one is, a title that is a question or an object, its state, and what can be done.
import type { ReactNode } from 'react';
import styles from './page-head.module.css';

interface PageHeadProps {
  /** The way here; `onUp` makes it a button back to the list. */
  crumb: string;
  onUp?: () => void;
  title: string;
  /** Pills and small remarks after the title. */
  state?: ReactNode;
  /** Buttons at the right end. */
  acts?: ReactNode;
}

export function PageHead({ crumb, onUp, title, state, acts }: PageHeadProps) {
  return (
    <header className={styles.head}>
      <div className={styles.titles}>
        {onUp ? (
          <button type="button" className={styles.crumb} onClick={onUp}>
            {crumb}
          </button>
        ) : (
          <div className={styles.crumb}>{crumb}</div>
        )}
        <h1 id="screen-title" title={title}>
          {title}
        </h1>
      </div>
      <div className={styles.state}>{state}</div>
      <div className={styles.acts}>{acts}</div>
    </header>
  );
}
