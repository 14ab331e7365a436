// Choose one of a few. Each option may carry a second line.
import { Select as Base } from '@base-ui/react/select';
import { Check, ChevronsUpDown } from 'lucide-react';
import { useRef } from 'react';
import { classNames } from './class-names.ts';
import styles from './select.module.css';

export interface Option<T extends string = string> {
  value: T;
  label: string;
  detail?: string | undefined;
}

interface SelectProps<T extends string> {
  options: readonly Option<T>[];
  value: T | null;
  onChange(value: NoInfer<T>): void;
  /** Its name for screen readers where no label stands beside it. */
  label?: string;
  id?: string | undefined;
  placeholder?: string;
  /** Small and without a border, for heads and tool bars. */
  quiet?: boolean;
  className?: string | undefined;
}

export function Select<T extends string>(props: SelectProps<T>) {
  const { options, value, onChange, label, id, placeholder = 'Choose…', quiet, className } = props;
  const trigger = useRef<HTMLButtonElement>(null);
  return (
    <Base.Root
      items={options.map(({ value, label }) => ({ value, label }))}
      value={value}
      onValueChange={(next, { reason }) => {
        // When options come and go the library falls back to the first value it ever had. Nobody chose that: a person who types
        // a name into the closed field has the focus in it.
        if (next === null || (reason === 'none' && document.activeElement !== trigger.current)) return;
        onChange(next as T);
      }}
    >
      <Base.Trigger
        ref={trigger}
        id={id}
        aria-label={label}
        className={classNames(styles.trigger, quiet && styles.quiet, className)}
      >
        <span className={styles.value}>
          <Base.Value placeholder={placeholder} />
        </span>
        <Base.Icon className={styles.icon}>
          <ChevronsUpDown size={14} strokeWidth={1.75} aria-hidden="true" />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner
          className={styles.positioner}
          sideOffset={4}
          alignItemWithTrigger={false}
          align={quiet ? 'end' : 'start'}
        >
          <Base.Popup className={styles.popup}>
            <Base.List className={styles.list}>
              {options.map((option) => (
                <Base.Item key={option.value} value={option.value} className={styles.item}>
                  <Base.ItemText>{option.label}</Base.ItemText>
                  {option.detail && <small>{option.detail}</small>}
                  <Base.ItemIndicator className={styles.check}>
                    <Check size={14} strokeWidth={2} aria-hidden="true" />
                  </Base.ItemIndicator>
                </Base.Item>
              ))}
              {options.length === 0 && <div className={styles.none}>Nothing to choose yet</div>}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
