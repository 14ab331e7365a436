// Train: the list of runs, the form that starts one, and the page of one run.
import { useRoute } from '../route.ts';
import { LaunchForm } from './launch-form.tsx';
import { RunList } from './run-list.tsx';
import { RunPage } from './run-page.tsx';

export function TrainScreen() {
  const id = useRoute((route) => route.id);
  if (id === 'new') return <LaunchForm />;
  return id === null ? <RunList /> : <RunPage key={id} id={id} />;
}
