// A plain table of a few dozen rows. Long lists take VirtualTable.
import type { ComponentProps } from 'react';
import { classNames } from './class-names.ts';
import styles from './table.module.css';

/** A region that scrolls must take the focus, or only a pointer could read its end. */
const REGION = { tabIndex: 0 } as const;

/** Scrolls sideways by itself when the window is narrow. */
export function Table({ className, label, ...rest }: ComponentProps<'table'> & { label: string }) {
  return (
    <section {...REGION} className={styles.scroll} aria-label={label}>
      <table {...rest} aria-label={label} className={classNames(styles.table, className)} />
    </section>
  );
}

interface CellProps extends ComponentProps<'td'> {
  /** A number: to the right, in tabular figures. */
  number?: boolean;
  strong?: boolean;
}

export function Cell({ number, strong, className, ...rest }: CellProps) {
  return <td {...rest} className={classNames(number && styles.number, strong && styles.strong, className)} />;
}

export function HeadCell({ number, className, ...rest }: ComponentProps<'th'> & { number?: boolean }) {
  return <th scope="col" {...rest} className={classNames(number && styles.number, className)} />;
}

interface RowProps extends ComponentProps<'tr'> {
  selected?: boolean;
  onOpen?: (() => void) | undefined;
}

/** A row that opens something takes the pointer; its keyboard way is the link or button inside of it. */
export function TableRow({ selected, onOpen, className, ...rest }: RowProps) {
  return (
    <tr
      {...rest}
      className={classNames(onOpen && styles.opens, selected && styles.selected, className)}
      onClick={(event) => {
        if (onOpen && !(event.target as HTMLElement).closest('button, a, input, label, [role=checkbox]'))
          onOpen();
      }}
    />
  );
}
