// Which curves a run's page shows and how: names of metrics to groups of charts. Pure; used by run-charts.tsx.
import type { Series } from '../../core/contract/run-views.ts';
import type { ChartSeries } from '../ui/chart-data.ts';
import { nameInWords } from '../ui/format.ts';
import { partColor } from '../ui/part-colors.ts';
import { smoothingFor } from '../ui/smooth.ts';

export type GroupId = 'reward' | 'parts' | 'completions' | 'policy' | 'times';

export interface CurveChart {
  id: string;
  title: string;
  note: string;
  series: ChartSeries[];
  kind: 'reward' | 'score' | 'share' | 'tokens' | 'number';
  /** Takes the room of two: several lines that are read against each other. */
  wide: boolean;
}

export interface CurveGroup {
  id: GroupId;
  title: string;
  charts: CurveChart[];
}

type Line = readonly [name: string, title: string, color: string];
interface Wanted extends Omit<CurveChart, 'series' | 'wide'> {
  lines: readonly Line[];
  wide?: boolean;
  /** The curve that the note is about, where it is not the first. */
  noteNeeds?: string;
}

const titles: Readonly<Record<GroupId, string>> = {
  reward: 'Reward and held-out questions',
  parts: 'Parts of the reward',
  completions: 'Completions',
  policy: 'Policy',
  times: 'Times',
};

/** All but the parts, which are the suite's. */
const wanted: Readonly<Record<Exclude<GroupId, 'parts'>, readonly Wanted[]>> = {
  reward: [
    {
      id: 'reward',
      title: 'Reward',
      note: 'Held-out is what the same suite gives to questions never trained on.',
      noteNeeds: 'heldout/reward_mean',
      kind: 'reward',
      wide: true,
      lines: [
        ['reward/total/mean', 'total', 'var(--c1)'],
        ['heldout/reward_mean', 'held-out', 'var(--c2)'],
      ],
    },
    {
      id: 'held-out',
      title: 'Held-out right',
      note: 'Never trained on: the reward may rise while this falls.',
      kind: 'share',
      lines: [
        ['heldout/correct_frac', 'right', 'var(--c1)'],
        ['heldout/format_frac', 'strict', 'var(--c3)'],
      ],
    },
    {
      id: 'kept',
      title: 'Questions of before',
      note: 'Right of a set of before this training, asked again, with what it could not do then.',
      kind: 'share',
      lines: [['guard/retention_correct_frac', 'right', 'var(--c1)']],
    },
    {
      id: 'spread',
      title: 'Groups without spread',
      note: 'Answers that all earn the same teach nothing.',
      kind: 'share',
      lines: [['reward/zero_std_frac', 'share', 'var(--c4)']],
    },
    {
      id: 'preferred',
      title: 'Pairs preferred',
      note: 'How often the chosen text is the likelier one.',
      kind: 'share',
      lines: [['preference/accuracy', 'share', 'var(--c1)']],
    },
    {
      id: 'held-out-loss',
      title: 'Held-out loss',
      note: 'Of completions never trained on; rises when a model learns by heart.',
      kind: 'number',
      lines: [['heldout/loss', 'loss', 'var(--c1)']],
    },
  ],
  completions: [
    {
      id: 'rollouts',
      title: 'Rollouts',
      note: 'Where the reward rises and the texts become alike, are cut off or copied, it was earned by something else than what was asked.',
      kind: 'share',
      wide: true,
      lines: [
        ['answer/correct_frac', 'correct', 'var(--c1)'],
        ['format/strict_frac', 'strict format', 'var(--c3)'],
        ['completion/distinct_frac', 'distinct', 'var(--c2)'],
        ['completion/copied_frac', 'copied', 'var(--c4)'],
        ['completion/truncated_frac', 'at the limit', 'var(--c5)'],
      ],
    },
    {
      id: 'length',
      title: 'Completion tokens',
      note: 'Thinking first costs tokens.',
      kind: 'tokens',
      lines: [['completion/length_mean', 'mean', 'var(--c2)']],
    },
    {
      id: 'repeated',
      title: 'Loops',
      note: 'Completions that mostly say again what they said.',
      kind: 'share',
      lines: [['completion/repeated_frac', 'share', 'var(--c2)']],
    },
  ],
  policy: [
    {
      id: 'kl',
      title: 'KL to the start',
      note: 'How far its words have moved from what the run, or its stage, began with.',
      kind: 'number',
      lines: [['policy/kl', 'KL', 'var(--c5)']],
    },
    {
      id: 'guard-kl',
      title: 'KL of the guard',
      note: 'How far the guard lets it move from what it was.',
      kind: 'number',
      lines: [['guard/kl', 'KL', 'var(--c5)']],
    },
    {
      id: 'entropy',
      title: 'Entropy',
      note: 'Near zero, all answers to a question are alike.',
      kind: 'number',
      lines: [['policy/entropy', 'entropy', 'var(--c3)']],
    },
    {
      id: 'loss',
      title: 'Loss',
      note: 'What the optimizer descends.',
      kind: 'number',
      lines: [['policy/loss', 'loss', 'var(--c5)']],
    },
    {
      id: 'gradient',
      title: 'Gradient norm',
      note: 'Sudden peaks come before a run tips over. Of a step in parts it is the mean of the parts.',
      kind: 'number',
      lines: [['policy/grad_norm', 'norm', 'var(--c5)']],
    },
  ],
  times: [
    {
      id: 'time',
      title: 'Seconds a step',
      note: 'Where the time goes.',
      kind: 'number',
      wide: true,
      lines: [
        ['perf/step_s', 'all', 'var(--c5)'],
        ['perf/rollout_s', 'rollouts', 'var(--c1)'],
        ['perf/reward_s', 'rewards', 'var(--c2)'],
        ['perf/train_s', 'update', 'var(--c3)'],
      ],
    },
  ],
};

/** The charts of a run by what they are about, without those that the run did not measure. */
export function curveGroups(
  metrics: readonly Series[],
  suite: readonly { id: string; weight: number }[] = [],
): CurveGroup[] {
  const byName = new Map(metrics.map((series) => [series.name, series]));
  const chart = ({ lines, wide = false, noteNeeds, note, ...rest }: Wanted): CurveChart => ({
    ...rest,
    wide,
    note: noteNeeds === undefined || byName.has(noteNeeds) ? note : '',
    series: lines.flatMap((line) => shown(byName.get(line[0]), line)),
  });
  const groups: CurveGroup[] = [];
  const add = (id: GroupId, charts: readonly CurveChart[]) => {
    const measured = charts.filter(({ series }) => series.length > 0);
    if (measured.length > 0) groups.push({ id, title: titles[id], charts: measured });
  };
  add('reward', wanted.reward.map(chart));
  add('parts', partsMeasured(metrics, suite).map(chart));
  add('completions', wanted.completions.map(chart));
  add('policy', wanted.policy.map(chart));
  add('times', wanted.times.map(chart));
  return groups;
}

/**
 * A chart for each part, in the suite's order, then those that the suite does not name: a stage may have a suite of its own. Colours are those
 * of a rollout's table of parts. Many lines in one chart could not be told apart, and would hide the last ones.
 */
function partsMeasured(
  metrics: readonly Series[],
  suite: readonly { id: string; weight: number }[],
): Wanted[] {
  const measured = metrics.flatMap(({ name }) => /^reward\/([^/]+)\/mean$/.exec(name)?.[1] ?? []);
  const ids = [...new Set([...suite.map(({ id }) => id), ...measured.filter((id) => id !== 'total')])];
  return ids.map((id, place) => ({
    id,
    title: nameInWords(id),
    note: weightInWords(suite.find((part) => part.id === id)?.weight),
    kind: 'score',
    lines: [[`reward/${id}/mean`, 'score', partColor(place)]],
  }));
}

function weightInWords(weight: number | undefined): string {
  if (weight === undefined) return '';
  return weight === 0 ? 'unweighted: watched only' : `weight ${weight}`;
}

function shown(series: Series | undefined, [, title, color]: Line): ChartSeries[] {
  if (!series || series.values.every((value) => value === null)) return [];
  const { name: id, steps, values, starts, openings } = series;
  return [{ id, title, color, steps, values, starts, openings, smoothing: smoothingFor(steps.length) }];
}

/**
 * Columns for these charts, at most so many: few enough that the last row is about as full as the others. What then is over goes to a wide
 * chart, which spans so many.
 */
export function evenly(
  charts: readonly Pick<CurveChart, 'wide'>[],
  most: number,
): { columns: number; span: number } {
  const units = charts.reduce((sum, { wide }) => sum + (wide ? 2 : 1), 0);
  const rows = Math.ceil(units / most);
  const columns = Math.ceil(units / rows);
  return { columns, span: Math.min(columns, 2 + rows * columns - units) };
}
