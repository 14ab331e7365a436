// The settings of a program by its stages: each can be folded, its name stays in sight while it is read, and one leads to another.
import { ChevronRight } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { Button } from '../ui/button.tsx';
import { plural } from '../ui/format.ts';
import type { SettingGroup } from './setting-fields.ts';
import styles from './setting-stages.module.css';

interface SettingStagesProps {
  /** Null: what is of the whole program. */
  stages: readonly (readonly [stage: string | null, groups: readonly SettingGroup[]])[];
  children(group: SettingGroup): ReactNode;
}

export function SettingStages({ stages, children }: SettingStagesProps) {
  const id = useId();
  const placeOf = (i: number) => `${id}-${i}`;
  return (
    <>
      <nav className={styles.jump} aria-label="Stages of the program">
        <small>Go to</small>
        {stages.map(([stage], i) => (
          <Button key={stage} kind="quiet" onClick={() => unfold(placeOf(i))}>
            {stage ?? 'Whole program'}
          </Button>
        ))}
      </nav>
      {stages.map(([stage, groups], i) => (
        <details key={stage} id={placeOf(i)} className={styles.stage} open>
          <summary>
            <ChevronRight size={14} strokeWidth={1.75} aria-hidden="true" />
            <h2>{stage === null ? 'The whole program' : `Stage ${stage}`}</h2>
            <small>{plural(groups.filter(({ fields }) => fields.length > 0).length, 'block')}</small>
          </summary>
          <div className={styles.groups}>{groups.map(children)}</div>
        </details>
      ))}
    </>
  );
}

function unfold(id: string): void {
  const place = document.getElementById(id);
  if (!(place instanceof HTMLDetailsElement)) return;
  place.open = true;
  place.scrollIntoView({ block: 'start' });
}
