// A text to write in whose words are marked while one writes: the marked copy lies under a field with invisible letters.
// Notes stand in the margin of the line they are about; what is said about a marked word floats at it.
import { Tooltip } from '@base-ui/react/tooltip';
import { Fragment, type ReactNode, type RefObject, useMemo, useRef, useState } from 'react';
import { classNames } from './class-names.ts';
import type { TextSpan } from './completion-layout.ts';
import styles from './marked-text-area.module.css';
import { piecesUnder, type TextMark } from './text-marks.ts';
import tooltip from './tooltip.module.css';

export interface MarginNote {
  /** The place in the text beside whose line it stands. */
  at: number;
  note: ReactNode;
}

interface MarkedTextAreaProps {
  label: string;
  value: string;
  onChange(value: string): void;
  marks: readonly TextMark[];
  notes: readonly MarginNote[];
  placeholder?: string;
  describedBy?: string;
  /** In the type of programs. */
  code?: boolean | undefined;
  /** The history of the text is its owner's, who may replace it as a whole: the browser's own knows nothing of that. */
  onUndo(): void;
  onRedo(): void;
  /** Where the caret is, at every move. */
  onCaret?(at: number): void;
  /** Takes the function that selects a stretch of the text and brings it into view. */
  selectRef?: RefObject<((span: TextSpan) => void) | null>;
}

/** Longer texts are written without marks, in a field of fixed height: laying them out twice, and whole, at every letter takes long. */
export const MOST_MARKED = 50_000;

export function MarkedTextArea(props: MarkedTextAreaProps) {
  const { label, value, onChange, onUndo, onRedo, placeholder, describedBy, code, onCaret, selectRef } =
    props;
  const field = useRef<HTMLTextAreaElement>(null);
  const [tip, setTip] = useState<Element | null>(null);
  if (selectRef)
    selectRef.current = ([from, to]) => {
      field.current?.focus();
      field.current?.setSelectionRange(from, to);
      onCaret?.(from);
      field.current?.parentElement
        ?.querySelector(`[data-from="${from}"]`)
        ?.scrollIntoView({ block: 'nearest' });
    };
  const plain = value.length > MOST_MARKED;
  return (
    <div className={styles.frame} data-code={code || undefined}>
      <textarea
        ref={field}
        className={classNames(styles.type, plain ? styles.plain : styles.field)}
        aria-label={label}
        aria-describedby={describedBy}
        placeholder={placeholder}
        spellCheck={false}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          const act = historyKey(event);
          if (!act) return;
          event.preventDefault();
          if (act === 'undo') onUndo();
          else onRedo();
        }}
        onSelect={(event) => onCaret?.(event.currentTarget.selectionStart)}
        onPointerMove={({ clientX, clientY }) => setTip(markUnder(clientX, clientY))}
        onPointerLeave={() => setTip(null)}
      />
      {!plain && <Under value={value} marks={props.marks} notes={props.notes} />}
      <Tooltip.Root open={tip !== null}>
        <Tooltip.Portal>
          <Tooltip.Positioner
            anchor={tip}
            sideOffset={4}
            side="top"
            align="start"
            className={tooltip.positioner}
          >
            <Tooltip.Popup className={classNames(tooltip.popup, styles.tip)}>
              {tip?.getAttribute('data-title')}
            </Tooltip.Popup>
          </Tooltip.Positioner>
        </Tooltip.Portal>
      </Tooltip.Root>
    </div>
  );
}

/** Ctrl or Cmd with Z, with Shift+Z or with Y. */
export function historyKey(press: {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}): 'undo' | 'redo' | null {
  if (press.altKey || press.ctrlKey === press.metaKey) return null;
  const key = press.key.toLowerCase();
  if (key === 'z') return press.shiftKey ? 'redo' : 'undo';
  return key === 'y' && !press.shiftKey ? 'redo' : null;
}

/** The field lies over the marks, so the pointer's event is its own; the mark is found by its place. */
function markUnder(x: number, y: number): Element | null {
  return document.elementsFromPoint(x, y).find((element) => element.hasAttribute('data-title')) ?? null;
}

function Under({ value, marks, notes }: Pick<MarkedTextAreaProps, 'value' | 'marks' | 'notes'>) {
  const pieces = useMemo(
    () =>
      piecesUnder(
        value,
        marks,
        notes.map(({ at }) => at),
      ),
    [value, marks, notes],
  );
  return (
    <div className={styles.type}>
      {pieces.map(({ from, text, looks, title }) => (
        <Fragment key={from}>
          {notes
            .filter(({ at }) => at === from)
            .map(({ note }, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: notes at one place have no other identity
              <span key={i} className={styles.note}>
                {note}
              </span>
            ))}
          <span
            aria-hidden="true"
            data-from={from}
            data-title={title}
            className={classNames(...looks.map((look) => styles[look]))}
          >
            {text}
          </span>
        </Fragment>
      ))}
      {/* A line end at the end of the text has a line of its own in the field. */}
      <span aria-hidden="true">{'\u200b'}</span>
    </div>
  );
}
