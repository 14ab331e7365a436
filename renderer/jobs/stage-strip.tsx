// The stages of a program one after another: what each is, how far it is and how it ended; one can be looked at alone.
import type { JobDetail } from '../../core/contract/jobs.ts';
import type { RunStage } from '../../core/contract/run-views.ts';
import { stepsInWords } from '../run-stages.ts';
import { madeInWords } from '../run-state.ts';
import { formatDuration, joinPieces, nameInWords } from '../ui/format.ts';
import type { Tone } from '../ui/pill.tsx';
import { Sequence, type SequencePart } from '../ui/sequence.tsx';
import { useNow } from '../ui/use-now.ts';

interface StageStripProps {
  run: JobDetail;
  stages: readonly RunStage[];
  /** Null: the whole run. */
  chosen: string | null;
  onChoose(stage: string | null): void;
}

/** No stage has this id: ids are lower case. */
const WHOLE = 'WHOLE';

export function StageStrip({ run, stages, chosen, onChoose }: StageStripProps) {
  const now = useNow();
  const took = run.startedAt === null ? null : (run.endedAt ?? now) - run.startedAt;
  const whole = {
    value: WHOLE,
    name: 'Whole run',
    detail: inDetail(run.totalSteps === 0 ? null : madeInWords(run), took),
  };
  return (
    <Sequence
      label="Stages of this run"
      parts={[whole, ...stages.map((stage) => partOf(stage, now))]}
      value={chosen ?? WHOLE}
      onChange={(value) => onChoose(value === WHOLE ? null : value)}
    />
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

function partOf(stage: RunStage, now: number): SequencePart<string> {
  const { id, kind, steps, state, reason, firstStep, startedAt, endedAt } = stage;
  const [word, tone] = words[state];
  const live = state === 'begun';
  // A stage that did not end as planned says why: "ended: stop rule".
  const early = state === 'done' && reason !== '' && reason !== 'completed';
  const took = startedAt === null ? null : (endedAt ?? now) - startedAt;
  return {
    value: id,
    name: id,
    kind: kind === id ? undefined : kind,
    detail: inDetail(stepsInWords(stage), took),
    state: early ? { word: nameInWords(reason), tone: 'warn' } : { word, tone, live },
    off: firstStep === null || !steps,
  };
}

function inDetail(steps: string | null, took: number | null): string {
  // Where both have no room on one line, the time goes to the next as a whole.
  return joinPieces(steps, took !== null && formatDuration(took).replaceAll(' ', '\u00a0')) || '–';
}
