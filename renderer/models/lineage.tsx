// Where it comes from and what was done with it, readable both ways: each object is a way to go there.
import { ArrowRight } from 'lucide-react';
import type { ModelDetail } from '../../core/contract/models.ts';
import { go, type Screen } from '../route.ts';
import { Card } from '../ui/card.tsx';
import styles from './lineage.module.css';

type Link = ModelDetail['madeFrom'][number];

const kinds: Readonly<Record<string, readonly [kind: string, screen: Screen]>> = {
  datasets: ['questions', 'data'],
  jobs: ['run', 'train'],
  models: ['model', 'models'],
  evals: ['evaluation', 'evaluate'],
};

export function Lineage({ model }: { model: ModelDetail }) {
  if (model.madeFrom.length === 0 && model.usedBy.length === 0) return null;
  return (
    <Card label="Lineage">
      <div className={styles.line}>
        <Side title="Made from" links={model.madeFrom} none="added by hand" />
        <ArrowRight size={16} strokeWidth={1.5} className={styles.arrow} aria-hidden="true" />
        <div className={styles.self}>
          <small>{model.kind === 'base' ? 'this base' : 'this adapter'}</small>
          <b>{model.name}</b>
        </div>
        <ArrowRight size={16} strokeWidth={1.5} className={styles.arrow} aria-hidden="true" />
        <Side title="Used by" links={model.usedBy} none="nothing yet" />
      </div>
    </Card>
  );
}

function Side({ title, links, none }: { title: string; links: readonly Link[]; none: string }) {
  return (
    <div className={styles.side}>
      <small>{title}</small>
      {links.length === 0 ? (
        <span className={styles.none}>{none}</span>
      ) : (
        <ul>
          {links.map((link) => {
            const known = kinds[link.feature];
            return (
              <li key={`${link.feature}${link.id}`}>
                <button type="button" className={styles.link} disabled={!known} onClick={() => open(link)}>
                  {link.label}
                </button>
                <small>{known?.[0] ?? link.feature}</small>
              </li>
            );
          })}
        </ul>
      )}
    </div>
  );
}

function open(link: Link): void {
  const screen = kinds[link.feature]?.[1];
  if (screen === 'data') go('data', { params: { source: link.id } });
  else if (screen) go(screen, { id: link.id });
}
