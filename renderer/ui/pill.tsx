// A verdict or a state: a coloured dot and always a word.
import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';
import styles from './pill.module.css';
import { Tooltip } from './tooltip.tsx';

export type Tone = 'good' | 'bad' | 'warn' | 'accent' | 'neutral';

interface PillProps {
  tone?: Tone;
  children: ReactNode;
  /** The why, one glance away. */
  why?: ReactNode;
  /** The dot breathes: something is going on now. */
  live?: boolean;
  plain?: boolean;
  className?: string | undefined;
}

export function Pill({ tone = 'neutral', children, why, live, plain, className }: PillProps) {
  const pill = (
    <span
      className={classNames(styles.pill, styles[tone], live && styles.live, plain && styles.plain, className)}
      {...(why ? { tabIndex: 0, role: 'note' } : {})}
    >
      {children}
    </span>
  );
  return why ? <Tooltip text={why}>{pill}</Tooltip> : pill;
}
