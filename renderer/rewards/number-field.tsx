// A number with a slider for the feel and a field for the exact value. What is typed and is no number is passed on as NaN, so that
// whoever checks the value says so: the last good number must never be saved in its place.
import { useEffect, useState } from 'react';
import { TextField } from '../ui/text-field.tsx';
import { numberIn } from '../ui/written-number.ts';
import styles from './number-field.module.css';

interface NumberFieldProps {
  id: string;
  'aria-describedby': string;
  'aria-invalid': boolean | undefined;
  /** Of the slider, for who cannot see whose it is. */
  name: string;
  value: number;
  /** Ends of the slider; what is typed may lie beyond, and the check says so. */
  min: number;
  max: number;
  integer?: boolean;
  onChange(value: number): void;
}

/** Beyond that a slider is too coarse to be of use. */
const MOST_STEPS = 2000;

export function NumberField({ name, value, min, max, integer, onChange, ...ids }: NumberFieldProps) {
  const [text, setText] = useState(String(value));
  useEffect(() => {
    setText((now) => (Object.is(numberIn(now), value) ? now : String(value)));
  }, [value]);
  const step = integer ? 1 : max - min > 2 ? 0.1 : 0.01;
  const type = (next: string) => {
    setText(next);
    onChange(numberIn(next));
  };
  return (
    <span className={styles.pair}>
      {(max - min) / step <= MOST_STEPS && (
        <input
          type="range"
          className={styles.slider}
          aria-label={`${name}, slider`}
          min={min}
          max={max}
          step={step}
          value={Number.isNaN(value) ? min : value}
          onChange={({ target }) => onChange(Number(target.value))}
        />
      )}
      <TextField
        {...ids}
        className={styles.field}
        inputMode="decimal"
        value={text}
        onChange={({ target }) => type(target.value)}
        // As it was read, so that nobody is left to guess what a comma came to.
        onBlur={() => setText((now) => (Number.isNaN(numberIn(now)) ? now : String(numberIn(now))))}
      />
    </span>
  );
}
