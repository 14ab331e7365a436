// Any number of a few words, each on or off.
import { Toggle } from '@base-ui/react/toggle';
import { ToggleGroup } from '@base-ui/react/toggle-group';
import styles from './toggle-chips.module.css';

interface ToggleChipsProps<T extends string> {
  label: string;
  options: readonly { value: T; label: string }[];
  values: readonly T[];
  onChange(values: NoInfer<T>[]): void;
}

export function ToggleChips<T extends string>({ label, options, values, onChange }: ToggleChipsProps<T>) {
  return (
    <ToggleGroup
      multiple
      aria-label={label}
      className={styles.chips}
      value={[...values]}
      onValueChange={(next) => onChange(next as T[])}
    >
      {options.map((option) => (
        <Toggle key={option.value} value={option.value} className={styles.chip}>
          {option.label}
        </Toggle>
      ))}
    </ToggleGroup>
  );
}
