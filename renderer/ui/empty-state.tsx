// An empty list: what belongs here and the one act that fills it.
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import styles from './empty-state.module.css';

interface EmptyStateProps {
  icon: LucideIcon;
  title: string;
  children: ReactNode;
  act?: ReactNode;
}

export function EmptyState({ icon: Icon, title, children, act }: EmptyStateProps) {
  return (
    <div className={styles.empty}>
      <Icon size={22} strokeWidth={1.5} aria-hidden="true" className={styles.sign} />
      <h2>{title}</h2>
      <p>{children}</p>
      {act}
    </div>
  );
}
