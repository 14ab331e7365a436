// A key, printed on the thing it presses.
import styles from './key-hint.module.css';

export function KeyHint({ keys }: { keys: string }) {
  return <kbd className={styles.key}>{keys}</kbd>;
}
