// The keys of a list with one item open: next, previous, search. One place, so that every list moves the same way.
import { useHandler } from './view.ts';

interface List {
  total: number;
  /** Null: nothing is open yet. */
  selected: number | null;
  select(index: number): void;
  /** Puts the caret into the list's search box. */
  search?: { current: (() => void) | null };
}

export function useListKeys({ total, selected, select, search }: List): void {
  const step = (by: number) => () => select(Math.max(0, Math.min(total - 1, (selected ?? -1) + by)));
  useHandler('item.next', total > 0 ? step(1) : undefined);
  useHandler('item.previous', total > 0 ? step(-1) : undefined);
  useHandler('search.focus', search && (() => search.current?.()));
}
