// Models: bases with the adapters that stand on them, and the particulars of one: did it arrive whole, where does it come from.
import { Cuboid, FolderInput, Plus } from 'lucide-react';
import { ActionButton } from '../action-button.tsx';
import { useQuery } from '../queries.ts';
import { go, useRoute } from '../route.ts';
import { classNames } from '../ui/class-names.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { plural } from '../ui/format.ts';
import { PageHead } from '../ui/page-head.tsx';
import screen from '../ui/screen.module.css';
import { useHandler } from '../view.ts';
import { ModelPage } from './model-page.tsx';
import { ModelTree, treeOf } from './model-tree.tsx';
import styles from './models-screen.module.css';

export function ModelsScreen() {
  const models = useQuery('models.list', {});
  const runs = useQuery('jobs.list', {});
  const runNames = new Map(runs.data?.map(({ id, name }) => [id, name]));
  const routeId = useRoute((route) => route.id);
  const order = treeOf(models.data ?? []);
  const fallback = order.find(({ model }) => model.kind === 'adapter') ?? order[0];
  const id = routeId ?? fallback?.model.id ?? null;
  const at = order.findIndex(({ model }) => model.id === id);
  const step = (by: number) => () => {
    const next = order[Math.max(0, Math.min(order.length - 1, at + by))];
    if (next) go('models', { id: next.model.id });
  };
  useHandler('item.next', order.length > 1 ? step(1) : undefined);
  useHandler('item.previous', order.length > 1 ? step(-1) : undefined);
  const adapters = models.data?.filter((model) => model.kind === 'adapter').length ?? 0;
  return (
    <>
      <PageHead
        crumb="Models"
        title={
          models.data
            ? `${plural(adapters, 'adapter')} on ${plural(models.data.length - adapters, 'base')}`
            : 'Bases and adapters'
        }
        acts={
          <>
            <ActionButton action="models.import" kind="quiet" icon={FolderInput} />
            <ActionButton action="models.add" icon={Plus} />
          </>
        }
      />
      {models.error && (
        <div className={screen.scroll}>
          <ErrorCard what="The models could not be listed" error={models.error} />
        </div>
      )}
      {models.data?.length === 0 && (
        <EmptyState
          icon={Cuboid}
          title="No model yet"
          act={<ActionButton action="models.add" kind="primary" />}
        >
          A base model answers questions; adapters change how it does. Add a GGUF file or bring in the
          embedded tiny model.
        </EmptyState>
      )}
      {order.length > 0 && (
        <div className={classNames(screen.panes, styles.panes)}>
          <ModelTree
            entries={order}
            selected={id}
            runNames={runNames}
            onSelect={(next) => go('models', { id: next })}
          />
          <div className={screen.pane}>{id && <ModelPage key={id} id={id} />}</div>
        </div>
      )}
    </>
  );
}
