// One line of text, and the search box with its key.
import { Search, X } from 'lucide-react';
import { type ComponentProps, type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { classNames } from './class-names.ts';
import { KeyHint } from './key-hint.tsx';
import styles from './text-field.module.css';
import { TYPING_PAUSE_MS } from './use-settled.ts';

interface TextFieldProps extends ComponentProps<'input'> {
  /** A unit or a button at the right end, inside the border. */
  after?: ReactNode;
  code?: boolean;
}

export function TextField({ after, code, className, ...rest }: TextFieldProps) {
  return (
    <span className={classNames(styles.box, className)}>
      <input
        autoComplete="off"
        spellCheck={false}
        {...rest}
        className={classNames(styles.input, code && styles.code)}
      />
      {after && <span className={styles.after}>{after}</span>}
    </span>
  );
}

interface SearchFieldProps {
  label: string;
  value: string;
  onChange(value: string): void;
  /** Puts its focus function here, for the search key. */
  focusRef?: { current: (() => void) | null };
  className?: string | undefined;
  /** Arrows, Page Up and Down, and Enter move in the list that is searched while the caret stays. */
  onListKey?: ((event: KeyboardEvent<HTMLInputElement>) => void) | undefined;
  /** In a dialog, Escape in an empty field is the dialog's. */
  inDialog?: boolean;
}

/** Tells its value once typing pauses, so that a search runs per word and not per letter. Escape empties it. */
export function SearchField({
  label,
  value,
  onChange,
  focusRef,
  className,
  onListKey,
  inDialog,
}: SearchFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const told = useRef(value);
  useEffect(() => {
    if (value !== told.current) {
      told.current = value;
      setText(value);
    }
  }, [value]);
  useEffect(() => {
    if (text === told.current) return;
    const timer = setTimeout(() => {
      told.current = text;
      onChange(text);
    }, TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, onChange]);
  if (focusRef) focusRef.current = () => input.current?.select();
  return (
    <span className={classNames(styles.box, styles.search, className)}>
      <Search size={14} strokeWidth={1.75} aria-hidden="true" className={styles.glass} />
      <input
        ref={input}
        type="search"
        aria-label={label}
        placeholder={label}
        autoComplete="off"
        spellCheck={false}
        className={styles.input}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          onListKey?.(event);
          if (event.key !== 'Escape' || (inDialog && !text)) return;
          event.stopPropagation();
          if (text) setText('');
          else input.current?.blur();
        }}
      />
      {text ? (
        <button
          type="button"
          className={styles.clear}
          aria-label="Empty the search"
          onClick={() => setText('')}
        >
          <X size={14} strokeWidth={1.75} aria-hidden="true" />
        </button>
      ) : (
        focusRef && <KeyHint keys="/" />
      )}
    </span>
  );
}
