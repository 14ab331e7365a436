// The tree on the left: every base, and under it the adapters that are valid only on it; under an adapter those that were trained on it.
import type { Model } from '../../core/contract/models.ts';
import { formatBytes, formatParameters, joinPieces } from '../ui/format.ts';
import { Pill, type Tone } from '../ui/pill.tsx';
import styles from './model-tree.module.css';

export interface TreeEntry {
  model: Model;
  depth: number;
}

const standsOn = (model: Model): string | null => model.stack.at(-1) ?? model.parentId;

/** Bases in their order, each followed by what stands on it; an adapter whose base is gone comes last. */
export function treeOf(models: readonly Model[]): TreeEntry[] {
  const known = new Set(models.map((model) => model.id));
  const under = (parentId: string, depth: number): TreeEntry[] =>
    models
      .filter((model) => standsOn(model) === parentId)
      .flatMap((model) => [{ model, depth }, ...under(model.id, depth + 1)]);
  const roots = models.filter((model) => !known.has(standsOn(model) ?? ''));
  return roots.flatMap((model) => [{ model, depth: 0 }, ...under(model.id, 1)]);
}

interface ModelTreeProps {
  entries: readonly TreeEntry[];
  selected: string | null;
  /** Of the runs that are here, by id: adapters of several have the same names. */
  runNames: ReadonlyMap<string, string>;
  onSelect(id: string): void;
}

export function ModelTree({ entries, selected, runNames, onSelect }: ModelTreeProps) {
  return (
    <nav className={styles.tree} aria-label="Models">
      <ul>
        {entries.map(({ model, depth }) => (
          <li key={model.id}>
            <button
              type="button"
              className={styles.entry}
              data-depth={Math.min(depth, 2)}
              aria-current={model.id === selected ? 'true' : undefined}
              onClick={() => onSelect(model.id)}
            >
              <span className={styles.name}>{model.name}</span>
              <StatePill model={model} />
              <small>{wordsOf(model)}</small>
              {model.jobId !== null && runNames.has(model.jobId) && (
                <small className={styles.run}>{runNames.get(model.jobId)}</small>
              )}
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}

const tones: Readonly<Record<Model['state'], Tone>> = { ready: 'good', refused: 'bad', arriving: 'accent' };

export function StatePill({ model }: { model: Model }) {
  return (
    <Pill tone={tones[model.state]} live={model.state === 'arriving'} why={model.reason ?? undefined}>
      {model.state}
    </Pill>
  );
}

function wordsOf(model: Model): string {
  if (model.kind === 'adapter')
    return joinPieces(model.rank !== null && `rank ${model.rank}`, formatBytes(model.bytes));
  return joinPieces(
    model.architecture,
    model.parameters !== null && formatParameters(model.parameters),
    formatBytes(model.bytes),
  );
}
