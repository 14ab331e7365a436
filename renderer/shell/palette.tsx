// ⌘K: every verb of the action table and every object of the lab, found by typing.
import { Dialog } from '@base-ui/react/dialog';
import { Command } from 'cmdk';
import { type Action, actions, printShortcut, runnerOf } from '../actions.ts';
import { isMac } from '../bridge.ts';
import { useQuery } from '../queries.ts';
import { go, useRoute } from '../route.ts';
import { runInWords } from '../run-state.ts';
import { formatPercent, plural } from '../ui/format.ts';
import { KeyHint } from '../ui/key-hint.tsx';
import { setPalette } from '../view.ts';
import styles from './palette.module.css';
import { rankOf } from './rank.ts';

const groups: readonly Action['group'][] = ['Do', 'Go to', 'Read', 'Look'];

/** Every entry carries its title as its first keyword; its value only tells it from the others. */
const fit = (_value: string, typed: string, [title = '', ...words]: string[] = []) =>
  rankOf(typed, title, words);

export function Palette() {
  const screen = useRoute((route) => route.screen);
  const offered = actions.filter((action) => action.id !== 'palette' && runnerOf(action, screen));
  const act = (run: () => void) => () => {
    setPalette(false);
    run();
  };
  return (
    <Dialog.Root open onOpenChange={(open) => setPalette(open)}>
      <Dialog.Portal>
        <Dialog.Backdrop className={styles.backdrop} />
        <Dialog.Popup className={styles.popup}>
          <Dialog.Title className="visually-hidden">Find anything</Dialog.Title>
          <Command label="Find anything" loop filter={fit}>
            <Command.Input
              className={styles.input}
              placeholder="Find a verb, a run, a model, an evaluation, a source…"
              autoFocus
            />
            <Command.List className={styles.list}>
              <Command.Empty className={styles.none}>Nothing has that name.</Command.Empty>
              {groups.map((group) => (
                <Command.Group key={group} heading={group} className={styles.group}>
                  {offered
                    .filter((action) => action.group === group)
                    .map((action) => (
                      <Command.Item
                        key={action.id}
                        value={action.id}
                        keywords={[action.title, ...(action.words?.split(' ') ?? [])]}
                        className={styles.item}
                        onSelect={act(() => runnerOf(action, screen)?.())}
                      >
                        <span>{action.title}</span>
                        {action.shortcut && <KeyHint keys={printShortcut(action.shortcut, isMac)} />}
                      </Command.Item>
                    ))}
                </Command.Group>
              ))}
              <Objects act={act} />
            </Command.List>
          </Command>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Objects({ act }: { act: (run: () => void) => () => void }) {
  const runs = useQuery('jobs.list', {});
  const models = useQuery('models.list', {});
  const evaluations = useQuery('evals.list', {});
  const sources = useQuery('datasets.list', {});
  const entries = [
    ...(runs.data ?? []).map((run) => ({
      kind: 'Run',
      id: run.id,
      name: run.name,
      detail: runInWords({ ...run, phase: '' }),
      open: () => go('train', { id: run.id }),
    })),
    ...(models.data ?? []).map((model) => ({
      kind: model.kind === 'base' ? 'Base' : 'Adapter',
      id: model.id,
      name: model.name,
      detail: model.state,
      open: () => go('models', { id: model.id }),
    })),
    ...(evaluations.data ?? []).map((evaluation) => ({
      kind: 'Evaluation',
      id: evaluation.id,
      name: evaluation.name,
      detail: evaluation.accuracy
        ? `${formatPercent(evaluation.accuracy.share)} %, n ${evaluation.accuracy.n}`
        : evaluation.state,
      open: () => go('evaluate', { id: evaluation.id }),
    })),
    ...(sources.data ?? []).map((source) => ({
      kind: 'Source',
      id: source.id,
      name: `${source.dataset} · ${source.split}`,
      detail: plural(source.rowCount, 'row'),
      open: () => go('data', { params: { source: source.id } }),
    })),
  ];
  if (entries.length === 0) return null;
  return (
    <Command.Group heading="Open" className={styles.group}>
      {entries.map((entry) => (
        <Command.Item
          key={`${entry.kind}${entry.id}`}
          value={`${entry.kind} ${entry.id}`}
          keywords={[entry.name, entry.kind]}
          className={styles.item}
          onSelect={act(entry.open)}
        >
          <span>
            {entry.name} <small>{entry.kind}</small>
          </span>
          <small>{entry.detail}</small>
        </Command.Item>
      ))}
    </Command.Group>
  );
}
