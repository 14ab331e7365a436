// The options of a question with their letters, the gold one marked. Wherever a question with options is read.
import styles from './choices.module.css';
import { Pill } from './pill.tsx';

interface ChoicesProps {
  choices: readonly string[] | null | undefined;
  /** Letter of the right option; null when none is known. */
  gold: string | null;
}

export function Choices({ choices, gold }: ChoicesProps) {
  if (!choices) return null;
  return (
    <ol className={styles.choices} aria-label="Options">
      {choices.map((choice, i) => {
        const letter = String.fromCharCode(65 + i);
        return (
          <li key={letter} data-gold={gold === letter || undefined}>
            <b>{letter})</b>
            <span>{choice}</span>
            {gold === letter && <Pill tone="good">gold</Pill>}
          </li>
        );
      })}
    </ol>
  );
}
