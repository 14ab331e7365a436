// What a text cannot tell of itself: its length in the model's tokens, and whether the limit cut it.
import { useId } from 'react';
import { Checkbox } from '../ui/checkbox.tsx';
import { TextField } from '../ui/text-field.tsx';
import styles from './measured-fields.module.css';
import { setPlayground, usePlayground } from './playground-state.ts';

export function MeasuredFields() {
  const { tokens, truncated } = usePlayground();
  const id = useId();
  return (
    <div className={styles.fields}>
      <label htmlFor={id}>Length</label>
      <TextField
        id={id}
        className={styles.tokens}
        inputMode="numeric"
        after="tokens"
        placeholder="not counted"
        value={tokens ?? ''}
        onChange={({ target }) => {
          const digits = target.value.replace(/\D/g, '').slice(0, 7);
          setPlayground({ tokens: digits === '' ? null : Number(digits) });
        }}
      />
      <span className={styles.cut}>
        <Checkbox
          label="Cut at the token limit"
          checked={truncated}
          onChange={(next) => setPlayground({ truncated: next })}
        />
        <span aria-hidden="true">cut at the limit</span>
      </span>
    </div>
  );
}
