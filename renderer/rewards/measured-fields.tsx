// What a text cannot tell of itself: its length in the model's tokens, and whether the limit cut it.
import { useEffect, useId, useState } from 'react';
import { Checkbox } from '../ui/checkbox.tsx';
import { TextField } from '../ui/text-field.tsx';
import { numberIn } from '../ui/written-number.ts';
import styles from './measured-fields.module.css';
import { setPlayground, usePlayground } from './playground-state.ts';

export function MeasuredFields() {
  const { tokens, truncated } = usePlayground();
  const id = useId();
  const [text, setText] = useState(String(tokens ?? ''));
  useEffect(() => {
    setText((now) => (countIn(now) === tokens ? now : String(tokens ?? '')));
  }, [tokens]);
  const isCount = text.trim() === '' || countIn(text) !== null;
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
        aria-describedby={isCount ? undefined : `${id}-wrong`}
        onChange={({ target }) => {
          const next = target.value.trimStart();
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
      {!isCount && (
        <p id={`${id}-wrong`} className={styles.wrong}>
          {`"${text}" is no whole number from 0, so nothing is counted.`}
        </p>
      )}
    </div>
  );
}

/** Null for what is no count of tokens. */
function countIn(text: string): number | null {
  const count = numberIn(text);
  return Number.isInteger(count) && count >= 0 && count < 10_000_000 ? count : null;
}
