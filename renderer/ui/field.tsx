// A form field: label, control, one line that explains it, and what is wrong with its value in the same place.
import { type ReactNode, useId } from 'react';
import styles from './field.module.css';
import { type Note, Notes } from './notes.tsx';

interface FieldProps {
  label: string;
  hint?: ReactNode;
  /** Takes the place of the hint. */
  error?: string | undefined;
  /** Said beside the hint, the gravest first. */
  notes?: readonly Note[] | undefined;
  /** By which a finding leads to it. */
  name?: string | undefined;
  /** Gets the id that ties label, control and hint together. */
  children(ids: { id: string; 'aria-describedby': string; 'aria-invalid': boolean | undefined }): ReactNode;
  className?: string | undefined;
  /** The control is a group with a name of its own, which a label cannot point at. */
  group?: boolean;
}

export function Field({ label, hint, error, notes = [], name, children, className, group }: FieldProps) {
  const id = useId();
  const isWrong = error !== undefined || notes.some(({ tone }) => tone === 'bad');
  return (
    <div className={`${styles.field} ${className ?? ''}`} data-field={name}>
      {group ? (
        <span className={styles.label}>{label}</span>
      ) : (
        <label htmlFor={id} className={styles.label}>
          {label}
        </label>
      )}
      {children({ id, 'aria-describedby': `${id}-hint`, 'aria-invalid': isWrong || undefined })}
      <div id={`${id}-hint`} className={styles.words}>
        <div className={error ? styles.error : styles.hint}>{error ?? hint}</div>
        <Notes notes={notes} />
      </div>
    </div>
  );
}
