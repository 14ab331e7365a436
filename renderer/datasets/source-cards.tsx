// The imported sources as cards: size, licence, revision, what is locked against training, and lines that were refused.
import { Database } from 'lucide-react';
import { useState } from 'react';
import type { Source } from '../../core/contract/datasets.ts';
import { adjust } from '../route.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatDay, joinPieces, plural, shortHash } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import screen from '../ui/screen.module.css';
import { parameterOf } from './filter.ts';
import { RejectsDialog } from './rejects-dialog.tsx';
import styles from './source-cards.module.css';

interface SourceCardsProps {
  sources: readonly Source[] | undefined;
  error: Error | null;
}

export function SourceCards({ sources, error }: SourceCardsProps) {
  const [rejectsOf, setRejectsOf] = useState<Source | null>(null);
  if (error) return <ErrorCard what="The sources could not be listed" error={error} />;
  if (!sources) return null;
  return (
    <>
      <h2 className={styles.title}>Sources</h2>
      {sources.length === 0 && (
        <EmptyState icon={Database} title="Nothing imported">
          Each import becomes a source with its revision, licence and hash.
        </EmptyState>
      )}
      <ul className={styles.cards}>
        {sources.map((source) => (
          <li key={source.id} className={styles.card}>
            <div className={styles.head}>
              <button
                type="button"
                className={screen.open}
                onClick={() => adjust({ params: { [parameterOf.sourceId]: source.id } })}
              >
                {source.dataset}
              </button>
              <small className={styles.rows}>{plural(source.rowCount, 'row')}</small>
            </div>
            <div className={styles.pills}>
              <span className={styles.split}>{joinPieces(source.config, source.split)}</span>
              {source.locked ? (
                <Pill tone="warn" why={source.locked}>
                  not for training
                </Pill>
              ) : (
                <Pill>may be trained on</Pill>
              )}
              {source.rejectCount > 0 && (
                <button type="button" className={screen.link} onClick={() => setRejectsOf(source)}>
                  {plural(source.rejectCount, 'line')} refused
                </button>
              )}
            </div>
            <small className={styles.words}>
              {joinPieces(
                source.licence ?? 'licence not stated',
                source.revision && `revision ${shortHash(source.revision)}`,
                source.origin,
                `imported ${formatDay(source.importedAt)}`,
              )}
            </small>
          </li>
        ))}
      </ul>
      {rejectsOf && <RejectsDialog source={rejectsOf} onClose={() => setRejectsOf(null)} />}
    </>
  );
}
