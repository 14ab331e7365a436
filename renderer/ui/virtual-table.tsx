// A table of any length: only the rows in sight exist, whatever the total. Rows come from a window of pages (queries.ts, usePages).
import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react';
import { classNames } from './class-names.ts';
import styles from './virtual-table.module.css';

// A <table> cannot hold rows that are placed by offset, so the parts carry the roles; the grid itself holds focus and keys.
const HEAD_ROW = { role: 'row', 'aria-rowindex': 1 } as const;
const HEAD = { role: 'columnheader' } as const;
const sorted = (down: boolean) => ({ 'aria-sort': down ? 'descending' : 'ascending' }) as const;
const CELL = { role: 'gridcell' } as const;

export interface Column<Row> {
  id: string;
  title: string;
  /** A CSS grid track: "1fr", "88px", "minmax(120px, 2fr)". */
  width: string;
  number?: boolean;
  /** Shown when the table is at least this wide, in pixels. */
  from?: number;
  cell(row: Row, index: number): ReactNode;
}

interface VirtualTableProps<Row> {
  label: string;
  total: number;
  /** Undefined while its page is on the way: the row keeps its place. */
  rowAt(index: number): Row | undefined;
  columns: readonly Column<Row>[];
  selected: number | null;
  /** Names the selected row in a list that grows at its beginning: while the name stays, what is in sight stays where it is. */
  selectedKey?: string | null;
  onSelect(index: number): void;
  /** Enter or a double click. */
  onOpen?: (index: number) => void;
  /** Tells which rows are in sight. */
  onRange(first: number, last: number): void;
  rowHeight?: number;
  /** Without a head, for lists at the side. */
  bare?: boolean;
  /** Columns of these ids have heads that can be pressed to order the rows by them. */
  sort?: { by: string; down: boolean; columns: readonly string[]; onSort(column: string): void };
  /** Takes the focus function, so that a search box can hand over. */
  focusRef?: RefObject<(() => void) | null>;
}

export function VirtualTable<Row>(props: VirtualTableProps<Row>) {
  const {
    label,
    total,
    rowAt,
    selected,
    onSelect,
    onOpen,
    onRange,
    rowHeight = 32,
    bare,
    selectedKey = null,
  } = props;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(Number.POSITIVE_INFINITY);
  const columns = props.columns.filter((column) => (column.from ?? 0) <= width);
  const headHeight = bare ? 0 : 32;
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    paddingStart: headHeight,
    scrollPaddingStart: headHeight,
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    const box = scroller.current;
    if (!box) return;
    const watcher = new ResizeObserver(() => setWidth(box.clientWidth));
    watcher.observe(box);
    return () => watcher.disconnect();
  }, []);
  useEffect(() => onRange(first, last), [first, last, onRange]);
  const shown = useRef<{ key: string | null; index: number | null }>({ key: null, index: null });
  useEffect(() => {
    const { key, index } = shown.current;
    shown.current = { key: selectedKey, index: selected };
    if (selected === null || selected >= total) return;
    const box = scroller.current;
    if (box && selectedKey !== null && key === selectedKey && index !== null)
      box.scrollTop += (selected - index) * rowHeight;
    else virtual.scrollToIndex(selected);
  }, [selected, selectedKey, total, rowHeight, virtual]);
  if (props.focusRef) props.focusRef.current = () => scroller.current?.focus();

  const tracks = columns.map((column) => column.width).join(' ');
  const lead = bare ? 1 : 2;
  const grid = {
    role: 'grid',
    tabIndex: 0,
    'aria-label': label,
    'aria-rowcount': total + lead - 1,
    'aria-colcount': columns.length,
    'aria-activedescendant': selected === null ? undefined : `${id}-${selected}`,
    onKeyDown: (event: KeyboardEvent) => {
      const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 320) / rowHeight) - 2);
      const next = nextIndex(event, selected, total, page);
      if (next !== null) {
        event.preventDefault();
        onSelect(next);
      } else if (event.key === 'Enter' && selected !== null && onOpen) {
        // What opens may move the focus to a button, which this press must not press as well.
        event.preventDefault();
        onOpen(selected);
      }
    },
  };
  const rowProps = (index: number) => ({
    role: 'row',
    id: `${id}-${index}`,
    'aria-rowindex': index + lead,
    'aria-selected': index === selected,
    onClick: () => onSelect(index),
    onDoubleClick: () => onOpen?.(index),
  });
  return (
    <div className={styles.frame}>
      <div ref={scroller} className={styles.scroller} {...grid}>
        <div className={styles.canvas} style={{ height: virtual.getTotalSize() }}>
          {!bare && (
            <div {...HEAD_ROW} className={styles.head} style={{ gridTemplateColumns: tracks }}>
              {columns.map((column) => (
                <div
                  key={column.id}
                  {...HEAD}
                  className={column.number ? styles.number : undefined}
                  {...(props.sort?.by === column.id && sorted(props.sort.down))}
                >
                  {props.sort?.columns.includes(column.id) ? (
                    <SortButton column={column} sort={props.sort} />
                  ) : (
                    column.title
                  )}
                </div>
              ))}
            </div>
          )}
          {items.map(({ index, start }) => {
            const row = rowAt(index);
            return (
              <div
                key={index}
                {...rowProps(index)}
                className={classNames(styles.row, index === selected && styles.selected)}
                style={{
                  gridTemplateColumns: tracks,
                  height: rowHeight,
                  transform: `translateY(${start}px)`,
                }}
              >
                {columns.map((column) => (
                  <div
                    key={column.id}
                    {...CELL}
                    className={classNames(styles.cell, column.number && styles.number)}
                  >
                    {row === undefined ? <span className={styles.waiting} /> : column.cell(row, index)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function SortButton<Row>({
  column,
  sort,
}: {
  column: Column<Row>;
  sort: NonNullable<VirtualTableProps<Row>['sort']>;
}) {
  return (
    <button
      type="button"
      className={styles.sort}
      onClick={() => sort.onSort(column.id)}
      // Enter in the grid opens a row; here it presses.
      onKeyDown={(event) => event.stopPropagation()}
    >
      {column.title}
      {sort.by === column.id && <span aria-hidden="true">{sort.down ? '↓' : '↑'}</span>}
    </button>
  );
}

/** The same keys for a search field above the list: Home and End stay the field's. */
export function listKeys(
  total: number,
  selected: number,
  select: (index: number) => void,
  open: (index: number) => void,
) {
  return (event: KeyboardEvent) => {
    const next = event.key === 'Home' || event.key === 'End' ? null : nextIndex(event, selected, total, 10);
    if (next === null && event.key !== 'Enter') return;
    event.preventDefault();
    if (next === null) open(selected);
    else select(next);
  };
}

/** Where a key leads in a list of `total`, or null when it is not a key of movement. */
export function nextIndex(
  press: Pick<KeyboardEvent, 'key'>,
  selected: number | null,
  total: number,
  page: number,
): number | null {
  if (total === 0) return null;
  const now = selected ?? -1;
  const to: Readonly<Record<string, number>> = {
    ArrowDown: now + 1,
    ArrowUp: selected === null ? total - 1 : now - 1,
    PageDown: now + page,
    PageUp: now - page,
    Home: 0,
    End: total - 1,
  };
  const next = to[press.key];
  return next === undefined ? null : Math.max(0, Math.min(total - 1, next));
}
