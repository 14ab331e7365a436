// A form field: label, control, one line that explains it, and its error in the same place.
import { type ReactNode, useId } from 'react';
import styles from './field.module.css';

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  /** Gets the id that ties label, control and hint together. */
  children(ids: { id: string; 'aria-describedby': string; 'aria-invalid': boolean | undefined }): ReactNode;
  className?: string | undefined;
  /** The control is a group with a name of its own, which a label cannot point at. */
  group?: boolean;
}

export function Field({ label, hint, error, children, className, group }: FieldProps) {
  const id = useId();
  return (
    <div className={`${styles.field} ${className ?? ''}`}>
      {group ? (
        <span className={styles.label}>{label}</span>
      ) : (
        <label htmlFor={id} className={styles.label}>
          {label}
        </label>
      )}
      {children({ id, 'aria-describedby': `${id}-hint`, 'aria-invalid': error ? true : undefined })}
      <div id={`${id}-hint`} className={error ? styles.error : styles.hint}>
        {error ?? hint}
      </div>
    </div>
  );
}
