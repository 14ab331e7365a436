// What a run or a stage will measure, by its settings: the trainer's metrics, each with the kinds that tell it, what has to be set for it, and
// how often it is told. Pure; used by offered-rules.ts.
import { type Part, settingsOf } from '../../contract/job-settings.ts';

/** Kinds that a stop rule can end: those that train. */
export type Stoppable = Extract<Part, { kind: 'grpo' | 'sft' | 'dpo' }>;

export const isStoppable = (part: Part): part is Stoppable => 'stopWhen' in settingsOf[part.kind].shape;

/** Measured with the adapter after some steps, and not while each is made. */
export interface Exam {
  /** As the beginning of a sentence: "Held-out questions are asked". */
  words: string;
  /** How often, also after the last step: no step is left to be stopped then, but the adapter that goes out is chosen. */
  times: number;
}

interface Measured {
  metrics: RegExp;
  kinds: readonly Stoppable['kind'][];
  /** Why it is not measured, as the beginning of a sentence; null where it is. */
  missing?: (part: Stoppable) => string | null;
  exam?: (part: Stoppable) => Exam;
}

const all = ['grpo', 'sft', 'dpo'] as const;

const retentionOf = (part: Stoppable) => (part.kind === 'grpo' ? null : (part.guard?.retention ?? null));
const validationOf = (part: Stoppable) => (part.kind === 'grpo' ? null : part.validation);

/** The first whose pattern fits counts. */
const measured: readonly Measured[] = [
  { metrics: /^policy\/(loss|grad_norm|lr)$/, kinds: all },
  { metrics: /^policy\/(clip_frac|entropy)$/, kinds: ['grpo'] },
  {
    metrics: /^policy\/kl$/,
    kinds: ['grpo'],
    missing: (part) =>
      part.kind === 'grpo' && !measuresKl(part)
        ? 'With beta 0 the KL is measured only where klStop is set'
        : null,
  },
  { metrics: /^policy\/(nll|token_accuracy)$/, kinds: ['sft'] },
  { metrics: /^completion\/length_mean$/, kinds: ['grpo', 'sft'] },
  { metrics: /^completion\/(length_min|length_max|truncated_frac)$/, kinds: ['grpo'] },
  { metrics: /^completion\/(distinct|repeated|same_answer|copied)_frac$/, kinds: ['grpo'] },
  { metrics: /^reward\/(zero_std_frac|.+\/(mean|std))$/, kinds: ['grpo'] },
  { metrics: /^(answer\/correct_frac|format\/strict_frac)$/, kinds: ['grpo'] },
  { metrics: /^preference\/(chosen|rejected|margin|accuracy)$/, kinds: ['dpo'] },
  { metrics: /^preference\/(logp|length)_(chosen|rejected)$/, kinds: ['dpo'] },
  {
    metrics: /^heldout\/(reward_mean|correct_frac|format_frac)$/,
    kinds: all,
    missing: ({ heldOut }) => (heldOut ? null : 'Without heldOut no question is held out'),
    exam: (part) => ({
      words: 'Held-out questions are asked',
      times: times(part, [part.heldOut, retentionOf(part), published(part)]),
    }),
  },
  { metrics: /^heldout\/preference_(accuracy|margin)$/, kinds: ['dpo'], ...validated() },
  { metrics: /^heldout\/loss$/, kinds: ['sft', 'dpo'], ...validated() },
  {
    metrics: /^guard\/kl$/,
    kinds: ['sft'],
    missing: (part) =>
      part.kind === 'sft' && (part.guard?.klWeight ?? null) === null
        ? 'Without guard.klWeight the KL to the start is not measured'
        : null,
  },
  { metrics: /^guard\/retention_(mean|correct_frac)$/, kinds: ['sft', 'dpo'], ...retained(0) },
  // Compared with the first exam, which tells none of them.
  { metrics: /^guard\/retention_(drop|p)$/, kinds: ['sft', 'dpo'], ...retained(1) },
  // Of the machine; a device tells what it can.
  { metrics: /^(perf|host|device)\//, kinds: all },
];

function validated(): Pick<Measured, 'missing' | 'exam'> {
  return {
    missing: (part) => (validationOf(part) ? null : 'Without validation no rows are set aside'),
    exam: (part) => ({
      words: 'Rows that were set aside are looked at',
      // With an adapter that goes home it is the score where no questions are asked.
      times: times(part, [
        validationOf(part),
        retentionOf(part),
        part.heldOut === null ? published(part) : null,
      ]),
    }),
  };
}

function retained(without: number): Pick<Measured, 'missing' | 'exam'> {
  return {
    missing: (part) => (retentionOf(part) ? null : 'Without guard.retention nothing is asked again'),
    exam: (part) => ({
      words: 'Questions of guard.retention are compared',
      times: times(part, [retentionOf(part)]) - without,
    }),
  };
}

/** The trainer computes the KL for its weight in the loss, or for klStop alone. */
function measuresKl({ training: { beta, klStop } }: Extract<Part, { kind: 'grpo' }>): boolean {
  return beta !== 0 || klStop !== null;
}

const published = ({ publishEverySteps }: Stoppable) =>
  publishEverySteps === null ? null : { everySteps: publishEverySteps };

/** Before the first step, after each that is due by one interval or by several, and after the last: once for a step. */
function times({ training: { steps } }: Stoppable, due: readonly ({ everySteps: number } | null)[]): number {
  const isDue = (step: number) => due.some((each) => each !== null && step % each.everySteps === 0);
  return Array.from({ length: steps }, (_, step) => isDue(step)).filter(Boolean).length + 1;
}

/** Why a metric is not measured, as the beginning of a sentence; else the exam that it comes from, null for one of each step. */
export function measurementOf(
  part: Stoppable,
  metric: string,
): { why: string } | { why: null; exam: Exam | null } {
  const found = measured.find(({ metrics }) => metrics.test(metric));
  if (!found) return { why: `No run measures ${metric}` };
  if (!found.kinds.includes(part.kind))
    return { why: `A run of the kind ${part.kind} does not measure ${metric}` };
  const why = found.missing?.(part) ?? null;
  return why === null ? { why, exam: found.exam?.(part) ?? null } : { why };
}
