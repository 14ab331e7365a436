// A failure in words: what, on which object, why, what next, with a copy button. Replaces what could not be shown.
import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { CopyButton } from './copy-button.tsx';
import styles from './error-card.module.css';

interface ErrorCardProps {
  /** What was tried: "The rows could not be loaded". */
  what: string;
  error: Error;
  /** The next step as a button. */
  act?: ReactNode;
}

export function ErrorCard({ what, error, act }: ErrorCardProps) {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  return (
    <section className={styles.card} role="alert">
      <TriangleAlert size={16} strokeWidth={1.75} aria-hidden="true" className={styles.sign} />
      <div className={styles.words}>
        <h3>{what}</h3>
        <p>{error.message}</p>
        <div className={styles.acts}>
          {act}
          <CopyButton wide label="Copy" text={`${what}\n${error.message}${code ? `\n(${code})` : ''}`} />
        </div>
      </div>
    </section>
  );
}
