// A check box. Base UI does the keys and the names; the look is here.
import { Checkbox as Base } from '@base-ui/react/checkbox';
import { Check } from 'lucide-react';
import styles from './checkbox.module.css';

interface CheckboxProps {
  label: string;
  checked: boolean;
  disabled?: boolean;
  onChange(checked: boolean): void;
}

export function Checkbox({ label, checked, disabled = false, onChange }: CheckboxProps) {
  return (
    <Base.Root
      className={styles.box}
      checked={checked}
      disabled={disabled}
      onCheckedChange={onChange}
      aria-label={label}
    >
      <Base.Indicator>
        <Check size={12} strokeWidth={3} aria-hidden="true" />
      </Base.Indicator>
    </Base.Root>
  );
}
