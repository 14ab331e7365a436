// What is said about a field or a group of them: each a verdict in a word, and a sentence.
import styles from './notes.module.css';
import { Pill, type Tone } from './pill.tsx';

export interface Note {
  tone: Tone;
  word: string;
  text: string;
}

export function Notes({ notes }: { notes: readonly Note[] }) {
  if (notes.length === 0) return null;
  return (
    <ul className={styles.notes}>
      {notes.map(({ tone, word, text }) => (
        <li key={`${word} ${text}`}>
          <Pill tone={tone} className={styles.pill}>
            {word}
          </Pill>{' '}
          {text}
        </li>
      ))}
    </ul>
  );
}
