// A value that follows another one once that has rested: what is asked per word and not per letter.
import { useEffect, useState } from 'react';

export const TYPING_PAUSE_MS = 120;

/** Compared by identity. */
export function useSettled<T>(value: T, ms = TYPING_PAUSE_MS): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    if (value === settled) return;
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, settled, ms]);
  return settled;
}
