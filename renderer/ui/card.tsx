// A white sheet on the ground, with an optional head: title, remarks, a figure at the right end.
import type { ReactNode } from 'react';
import styles from './card.module.css';
import { classNames } from './class-names.ts';

interface CardProps {
  title?: ReactNode;
  /** Small remarks or controls after the title. */
  aside?: ReactNode;
  /** At the right end of the head. */
  figure?: ReactNode;
  /** No padding: the content is a table. */
  flush?: boolean;
  className?: string | undefined;
  label?: string;
  /** By which a button of the same page leads to it. */
  id?: string;
  /** By which a finding leads to it. */
  field?: string;
  children?: ReactNode;
}

export function Card({ title, aside, figure, flush, className, label, id, field, children }: CardProps) {
  return (
    <section
      id={id}
      className={classNames(styles.card, flush && styles.flush, className)}
      aria-label={label}
      data-field={field}
    >
      {(title || figure || aside) && (
        <header className={styles.head}>
          {title && <h2>{title}</h2>}
          {aside}
          {figure && <div className={styles.figure}>{figure}</div>}
        </header>
      )}
      {children}
    </section>
  );
}
