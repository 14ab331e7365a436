// Things that come one after another, each with its name, what it is and how it stands; one of them, or none, is looked at alone.
import { Toggle } from '@base-ui/react/toggle';
import { ToggleGroup } from '@base-ui/react/toggle-group';
import type { ReactNode } from 'react';
import { Pill, type Tone } from './pill.tsx';
import styles from './sequence.module.css';

export interface SequencePart<T extends string> {
  value: T;
  name: string;
  /** What it is, in a word. */
  kind?: string | undefined;
  detail: ReactNode;
  state?: { word: string; tone: Tone; live?: boolean } | undefined;
  /** There is nothing to look at. */
  off?: boolean;
}

interface SequenceProps<T extends string> {
  label: string;
  parts: readonly SequencePart<T>[];
  value: T;
  onChange(value: NoInfer<T>): void;
}

export function Sequence<T extends string>({ label, parts, value, onChange }: SequenceProps<T>) {
  return (
    <ToggleGroup
      className={styles.parts}
      aria-label={label}
      value={[value]}
      onValueChange={([next]) => next && onChange(next as T)}
    >
      {parts.map((part) => (
        <Toggle key={part.value} value={part.value} className={styles.part} disabled={part.off === true}>
          <span className={styles.head}>
            <b>{part.name}</b>
            {part.kind && <small>{part.kind}</small>}
          </span>
          <small>{part.detail}</small>
          {part.state && (
            <Pill tone={part.state.tone} live={part.state.live === true} plain>
              {part.state.word}
            </Pill>
          )}
        </Toggle>
      ))}
    </ToggleGroup>
  );
}
