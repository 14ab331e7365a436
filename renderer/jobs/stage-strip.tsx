// The stages of a program one after another: what each is, how far it is and how it ended; one can be looked at alone.
import type { JobDetail } from '../../core/contract/jobs.ts';
import type { RunStage } from '../../core/contract/run-views.ts';
import { formatDuration, joinPieces, nameInWords, plural } from '../ui/format.ts';
import type { Tone } from '../ui/pill.tsx';
import { Sequence, type SequencePart } from '../ui/sequence.tsx';
import { useNow } from '../ui/use-now.ts';

interface StageStripProps {
  run: JobDetail;
  stages: readonly RunStage[];
  /** Null: the whole run. */
  chosen: string | null;
  onChoose(stage: string | null): void;
  className?: string | undefined;
}

/** No stage has this id: ids are lower case. */
const WHOLE = 'WHOLE';

export function StageStrip({ run, stages, chosen, onChoose, className }: StageStripProps) {
  const now = useNow();
  const took = run.startedAt === null ? null : (run.endedAt ?? now) - run.startedAt;
  const whole = { value: WHOLE, name: 'Whole run', detail: inDetail(run.totalSteps, took) };
  return (
    <div className={className}>
      <Sequence
        label="Stages of this run"
        parts={[whole, ...stages.map((stage) => partOf(stage, run.step, now))]}
        value={chosen ?? WHOLE}
        onChange={(value) => onChoose(value === WHOLE ? null : value)}
      />
    </div>
  );
}

const words: Readonly<Record<RunStage['state'], readonly [word: string, tone: Tone]>> = {
  waiting: ['to come', 'neutral'],
  begun: ['at work', 'accent'],
  done: ['done', 'good'],
  failed: ['failed', 'bad'],
  cut: ['cut off', 'warn'],
  skipped: ['not begun', 'neutral'],
};

function partOf(stage: RunStage, step: number, now: number): SequencePart<string> {
  const { id, kind, steps, state, reason, firstStep, startedAt, endedAt } = stage;
  const [word, tone] = words[state];
  const live = state === 'begun';
  // A stage that did not end as planned says why: "ended: stop rule".
  const early = state === 'done' && reason !== '' && reason !== 'completed';
  const own =
    live && firstStep !== null && steps ? `step ${Math.max(0, step - firstStep)} of ${steps}` : null;
  const took = startedAt === null ? null : (endedAt ?? now) - startedAt;
  return {
    value: id,
    name: id,
    kind: kind === id ? undefined : kind,
    detail: inDetail(steps, took, own),
    state: early ? { word: nameInWords(reason), tone: 'warn' } : { word, tone, live },
    off: firstStep === null || !steps,
  };
}

function inDetail(steps: number | null, took: number | null, own: string | null = null): string {
  const counted = steps === 0 ? null : steps === null ? 'steps not known yet' : plural(steps, 'step');
  return joinPieces(own ?? counted, took !== null && formatDuration(took)) || '–';
}
