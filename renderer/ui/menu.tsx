// A menu of verbs behind a button.
import { Menu as Base } from '@base-ui/react/menu';
import type { ReactElement } from 'react';
import styles from './menu.module.css';

export interface MenuEntry {
  title: string;
  onSelect(): void;
  /** Shows a mark: this is on. */
  checked?: boolean;
}

interface MenuProps {
  trigger: ReactElement<Record<string, unknown>>;
  entries: readonly MenuEntry[];
  /** With which end of its button it lines up. */
  align?: 'start' | 'end';
}

export function Menu({ trigger, entries, align = 'end' }: MenuProps) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner className={styles.positioner} sideOffset={4} align={align}>
          <Base.Popup className={styles.popup}>
            {entries.map((entry) => (
              <Base.Item key={entry.title} className={styles.item} onClick={entry.onSelect}>
                {entry.title}
                {entry.checked && <small>on</small>}
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
