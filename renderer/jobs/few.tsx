// A list that grows with a run: its first and its newest, and all of it on demand.
import { type ReactNode, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { plural } from '../ui/format.ts';
import styles from './few.module.css';

const FEW = 8;

interface FewProps<T> {
  items: readonly T[];
  /** One of them in a word. */
  what: string;
  children(shown: readonly T[]): ReactNode;
}

export function Few<T>({ items, what, children }: FewProps<T>) {
  const [all, setAll] = useState(false);
  const [first] = items;
  if (all || items.length <= FEW || first === undefined) return children(items);
  return (
    <div className={styles.few}>
      {children([first, ...items.slice(1 - FEW)])}
      <Button kind="quiet" onClick={() => setAll(true)}>{`Show all ${plural(items.length, what)}`}</Button>
    </div>
  );
}
