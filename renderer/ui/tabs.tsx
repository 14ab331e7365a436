// Tabs under a head: the panels of one object.
import { Tabs as Base } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';
import { formatCount } from './format.ts';
import styles from './tabs.module.css';

export interface Tab {
  id: string;
  title: string;
  count?: number | undefined;
  panel: ReactNode;
}

interface TabsProps {
  tabs: readonly Tab[];
  selected: string;
  onSelect(id: string): void;
  label: string;
}

export function Tabs({ tabs, selected, onSelect, label }: TabsProps) {
  return (
    <Base.Root className={styles.root} value={selected} onValueChange={(id) => onSelect(String(id))}>
      <Base.List className={styles.list} aria-label={label}>
        {tabs.map((tab) => (
          <Base.Tab key={tab.id} value={tab.id} className={styles.tab}>
            {tab.title}
            {tab.count !== undefined && <small>{formatCount(tab.count)}</small>}
          </Base.Tab>
        ))}
      </Base.List>
      {tabs.map((tab) => (
        <Base.Panel key={tab.id} value={tab.id} className={styles.panel} tabIndex={-1}>
          {tab.panel}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
