// Whether a run shall really be stopped: what it has taken hours for is not ended by one press.
import type { JobKind } from '../../core/contract/job-spec.ts';
import { useCommand } from '../queries.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { closeDialog, useView } from '../view.ts';

/** Kinds that train nothing. */
const adapterless: ReadonlySet<string> = new Set<JobKind>(['generate', 'evaluate', 'merge', 'export']);

export function StopDialog() {
  const { id = '', name, kind = '' } = useView((view) => view.dialog?.about) ?? {};
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
      {adapterless.has(kind) ? (
        <p>It ends as soon as it can, without what it has not finished. It cannot be resumed.</p>
      ) : (
        <>
          <p>It ends after the step under way, then saves and exports its adapter.</p>
          <p>It cannot be resumed. A new run can go on from the adapter.</p>
        </>
      )}
      {stop.error && <ErrorCard what="The run could not be asked to stop" error={stop.error} />}
    </Dialog>
  );
}
