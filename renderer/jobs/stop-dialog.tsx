// Whether a run shall really be stopped: what it has taken hours for is not ended by one press.
import { trainingNothing } from '../../core/contract/job-kinds.ts';
import type { JobDetail } from '../../core/contract/jobs.ts';
import { useCommand, useQuery } from '../queries.ts';
import { isEnded, isStoppable, isUnstarted } from '../run-state.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { closeDialog, useView } from '../view.ts';

export function StopDialog() {
  const { id = '', name } = useView((view) => view.dialog?.about) ?? {};
  // Asked here, not handed over: it may begin or end while the dialog is open.
  const { data: run, error } = useQuery('jobs.get', { id });
  const tooLate = run && !isStoppable(run.state);
  const stop = useCommand('jobs.stop');
  return (
    <Dialog
      title="Stop this run?"
      about={name}
      onClose={closeDialog}
      foot={
        <>
          <Button kind="quiet" onClick={closeDialog}>
            {tooLate ? 'Close' : 'Let it go on'}
          </Button>
          {(run || error) && !tooLate && (
            <Button
              kind="danger"
              busy={stop.isPending}
              onClick={() => stop.mutate({ id }, { onSuccess: closeDialog })}
            >
              Stop it
            </Button>
          )}
        </>
      }
    >
      {run && <WhatHappens run={run} />}
      {run && !tooLate && !isUnstarted(run.state) && <p>If it takes longer than 15 minutes, it is killed.</p>}
      {error && <ErrorCard what="What becomes of the run is not known" error={error} />}
      {stop.error && <ErrorCard what="The run could not be asked to stop" error={stop.error} />}
    </Dialog>
  );
}

function WhatHappens({ run: { kind, made, state } }: { run: JobDetail }) {
  if (isEnded(state)) return <p>It is over already.</p>;
  if (!isStoppable(state)) return <p>It is ending already.</p>;
  if (isUnstarted(state))
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
    return (
      <>
        <p>It ends as soon as it can, without what it has not finished.</p>
        <p>Once it has ended in good order it cannot be resumed.</p>
      </>
    );
  if (kind === 'program')
    return (
      <>
        <p>
          It ends after the step under way, then keeps what its stage has made so far, and makes no further
          one.
        </p>
        <p>
          Once it has ended in good order it cannot be resumed. A new run can go on from what it has
          published.
        </p>
      </>
    );
  return (
    <>
      <p>It ends after the step under way, then saves and exports its adapter, where it has made a step.</p>
      <p>Once it has ended in good order it cannot be resumed. A new run can go on from the adapter.</p>
    </>
  );
}
