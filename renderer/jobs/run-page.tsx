// One run: what it does now and how old that news is, its curves, rollouts, log and spec.
import { Square } from 'lucide-react';
import { trainingNothing } from '../../core/contract/job-kinds.ts';
import type { JobDetail } from '../../core/contract/jobs.ts';
import { momentInWords } from '../../core/contract/moment.ts';
import { ActionButton } from '../action-button.tsx';
import { useQuery } from '../queries.ts';
import { adjust, go, useRoute } from '../route.ts';
import {
  isEnded,
  isStoppable,
  isUnstarted,
  runInWords,
  runLeftInWords,
  runStepInWords,
  runTone,
} from '../run-state.ts';
import { Button } from '../ui/button.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatAge, formatDuration, formatEnd, joinPieces } from '../ui/format.ts';
import { PageHead } from '../ui/page-head.tsx';
import { Pill } from '../ui/pill.tsx';
import screen from '../ui/screen.module.css';
import { Tabs } from '../ui/tabs.tsx';
import { useNow } from '../ui/use-now.ts';
import { openDialog, useHandler } from '../view.ts';
import { OpenAdapter } from './open-adapter.tsx';
import { QuestionsTab } from './questions-tab.tsx';
import { ResumeRun } from './resume-run.tsx';
import { RolloutsTab } from './rollouts-tab.tsx';
import { RunLog } from './run-log.tsx';
import { RunOverview } from './run-overview.tsx';
import { RunSpec } from './run-spec.tsx';

export function RunPage({ id }: { id: string }) {
  const run = useQuery('jobs.get', { id });
  const tab = useRoute((route) => route.tab) ?? 'overview';
  useHandler('item.close', () => go('train'));
  if (run.error)
    return (
      <>
        <PageHead crumb="Train / Runs" onUp={() => go('train')} title="A run that cannot be shown" />
        <div className={screen.scroll}>
          <ErrorCard what={`The run ${id} could not be read`} error={run.error} />
        </div>
      </>
    );
  if (!run.data) return <PageHead crumb="Train / Runs" onUp={() => go('train')} title="…" />;
  return (
    <>
      <RunHead run={run.data} />
      <Tabs
        label="Parts of this run"
        selected={tab}
        onSelect={(next) =>
          adjust({ tab: next, params: { row: null, q: null, left: null, right: null, stage: null } })
        }
        tabs={[
          { id: 'overview', title: 'Overview', panel: <RunOverview key={id} run={run.data} /> },
          {
            id: 'rollouts',
            title: 'Rollouts',
            count: run.data.rolloutCount,
            panel: <RolloutsTab run={run.data} />,
          },
          { id: 'questions', title: 'Questions', panel: <QuestionsTab run={run.data} /> },
          { id: 'log', title: 'Log', panel: <RunLog id={id} /> },
          { id: 'spec', title: 'Spec and history', panel: <RunSpec run={run.data} /> },
        ]}
      />
    </>
  );
}

function RunHead({ run }: { run: JobDetail }) {
  const now = useNow();
  const ended = isEnded(run.state);
  const stoppable = isStoppable(run.state);
  const leavesAdapter = !trainingNothing.includes(run.kind) && !isUnstarted(run.state);
  useHandler(
    'train.stop',
    stoppable ? () => openDialog('stop-run', { id: run.id, name: run.name }) : undefined,
  );
  return (
    <>
      <PageHead
        crumb="Train / Runs"
        onUp={() => go('train')}
        title={run.name}
        state={
          <>
            <Pill tone={runTone(run.state)} live={!ended}>
              {runInWords(run)}
            </Pill>
            <span aria-live="off">{newsOf(run, now)}</span>
          </>
        }
        acts={
          <>
            <OpenAdapter run={run} />
            {stoppable && (
              <ActionButton action="train.stop" icon={Square}>
                {leavesAdapter ? 'Stop and export' : 'Stop'}
              </ActionButton>
            )}
          </>
        }
      />
      {run.failure && (
        <div className={screen.bar}>
          <ErrorCard
            what={`The run failed at ${momentInWords(run.moment)}`}
            error={new Error(run.failure.message)}
            act={<Button onClick={() => adjust({ tab: 'log' })}>Read the log</Button>}
          />
        </div>
      )}
      <ResumeRun run={run} />
    </>
  );
}

function newsOf(run: JobDetail, now: number): string {
  const step = runStepInWords(run);
  if (isEnded(run.state))
    return joinPieces(
      step,
      run.endedAt !== null && run.startedAt !== null && `took ${formatDuration(run.endedAt - run.startedAt)}`,
      run.endedAt !== null && formatEnd(run.endedAt, run.recorded, now),
    );
  return joinPieces(
    step,
    run.heardAt === null ? 'not heard yet' : `heard ${formatAge(run.heardAt, now)}`,
    runLeftInWords(run),
  );
}
