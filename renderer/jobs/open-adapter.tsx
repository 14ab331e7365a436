// The way from a run to what it made: one adapter by a button, several by their names, stages and steps.
import type { JobDetail } from '../../core/contract/jobs.ts';
import { momentInWords } from '../../core/contract/moment.ts';
import { useQuery } from '../queries.ts';
import { go } from '../route.ts';
import { Button } from '../ui/button.tsx';
import { joinPieces } from '../ui/format.ts';
import { Menu } from '../ui/menu.tsx';
import { bestInWords } from './best-in-words.ts';

export function OpenAdapter({ run }: { run: JobDetail }) {
  const artifacts = useQuery('jobs.artifacts', { id: run.id });
  const home = (artifacts.data ?? []).flatMap(({ name, moment, modelId, best }) =>
    modelId === null ? [] : [{ name, moment, modelId, best }],
  );
  const open = (id: string) => go('models', { id });
  const [only] = home;
  if (!only)
    return run.adapterId && <Button onClick={() => open(run.adapterId ?? '')}>Open the adapter</Button>;
  // More may come of a program's later stages.
  const which = run.kind === 'program' ? only.name : 'the adapter';
  if (home.length === 1) return <Button onClick={() => open(only.modelId)}>{`Open ${which}`}</Button>;
  return (
    <Menu
      trigger={<Button>{`Open one of ${home.length} adapters`}</Button>}
      entries={home.map(({ name, moment, modelId, best }) => ({
        title: joinPieces(
          name,
          momentInWords(moment),
          best && bestInWords(artifacts.data ?? []),
          modelId === run.adapterId && 'the run’s result',
        ),
        onSelect: () => open(modelId),
      }))}
    />
  );
}
