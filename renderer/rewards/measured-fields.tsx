// What a text cannot tell of itself: its length in the model's tokens, and whether the limit cut it.
import { useEffect, useId, useState } from 'react';
import { Checkbox } from '../ui/checkbox.tsx';
import { TextField } from '../ui/text-field.tsx';
import styles from './measured-fields.module.css';
import { setPlayground, usePlayground } from './playground-state.ts';

export function MeasuredFields() {
  const { tokens, truncated } = usePlayground();
  const id = useId();
  const [text, setText] = useState(String(tokens ?? ''));
  useEffect(() => {
    setText((now) => (countIn(now) === tokens ? now : String(tokens ?? '')));
  }, [tokens]);
  const isCount = text === '' || countIn(text) !== null;
  return (
    <div className={styles.fields}>
      <label htmlFor={id}>Length</label>
      <TextField
        id={id}
        className={styles.tokens}
        inputMode="numeric"
        after="tokens"
        placeholder="not counted"
        value={text}
        aria-invalid={!isCount}
        title={isCount ? undefined : 'A whole number from 0; until then nothing is counted.'}
        onChange={({ target }) => {
          const next = target.value.trim();
          setText(next);
          setPlayground({ tokens: countIn(next) });
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

/** Null for what is no count of tokens. */
function countIn(text: string): number | null {
  return /^\d{1,7}$/.test(text) ? Number(text) : null;
}
