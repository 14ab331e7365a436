// Whether a run shall really be stopped: what it has taken hours for is not ended by one press.
import { trainingNothing } from '../../core/contract/job-kinds.ts';
import type { JobDetail, JobState } from '../../core/contract/jobs.ts';
import { useCommand, useQuery } from '../queries.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { closeDialog, useView } from '../view.ts';

/** Before its trainer is started: such a run is over at once, and nothing of it is lost. */
const unstarted: readonly JobState[] = ['DRAFT', 'CHECKED', 'QUEUED', 'STAGING'];

export function StopDialog() {
  const { id = '', name } = useView((view) => view.dialog?.about) ?? {};
  // Asked here, not handed over: it may begin while the dialog is open.
  const { data: run } = useQuery('jobs.get', { id });
  const stop = useCommand('jobs.stop');
  return (
    <Dialog
      title="Stop this run?"
      about={name}
      onClose={closeDialog}
      foot={
        <>
          <Button kind="quiet" onClick={closeDialog}>
            Let it go on
          </Button>
          <Button
            kind="danger"
            busy={stop.isPending}
            onClick={() => stop.mutate({ id }, { onSuccess: closeDialog })}
          >
            Stop it
          </Button>
        </>
      }
    >
      {run && <WhatHappens run={run} />}
      {stop.error && <ErrorCard what="The run could not be asked to stop" error={stop.error} />}
    </Dialog>
  );
}

function WhatHappens({ run: { kind, made, state } }: { run: JobDetail }) {
  if (unstarted.includes(state))
    return made > 0 ? (
      <p>It ends before it goes on. It can be resumed.</p>
    ) : (
      <p>It ends before it has begun. It can be started over.</p>
    );
  if (kind === 'rejection')
    return (
      <>
        <p>It ends after the step under way, then keeps its traces, where it has any.</p>
        <p>
          Once it has ended in good order it cannot be resumed. A new run of SFT can learn from the traces.
        </p>
      </>
    );
  if (trainingNothing.includes(kind))
    return <p>It ends as soon as it can, without what it has not finished. It cannot be resumed.</p>;
  return (
    <>
      <p>It ends after the step under way, then saves and exports its adapter, where it has made a step.</p>
      <p>Once it has ended in good order it cannot be resumed. A new run can go on from the adapter.</p>
    </>
  );
}
