// Which curves a run's page shows and how: names of metrics to charts. Pure; used by run-overview.tsx.
import type { Series } from '../../core/contract/run-views.ts';
import type { ChartSeries } from '../ui/chart-data.ts';
import { smoothingFor } from '../ui/smooth.ts';

const COLORS = ['var(--c1)', 'var(--c2)', 'var(--c3)', 'var(--c4)', 'var(--c5)'];

/** "reward/answer/mean" → "answer"; null for any other metric. */
function partOf(name: string): string | null {
  return /^reward\/([^/]+)\/mean$/.exec(name)?.[1] ?? null;
}

function shown(series: Series | undefined, title: string, color: string, raw = false): ChartSeries[] {
  if (!series || series.values.every((value) => value === null)) return [];
  const smoothing = raw ? 0 : smoothingFor(series.steps.length);
  const { name: id, steps, values, starts, openings } = series;
  return [{ id, title, color, steps, values, starts, openings, smoothing }];
}

/** Total first, then the parts in the order in which the trainer wrote them, at most five lines. A part of weight 0 is only watched. */
export function rewardCurves(
  metrics: readonly Series[],
  weights: readonly { id: string; weight: number }[] = [],
): ChartSeries[] {
  const titleOf = (part: string) =>
    weights.find((each) => each.id === part)?.weight === 0 ? `${part}, unweighted` : part;
  const parts = metrics
    .map((series) => ({ series, part: partOf(series.name) }))
    .filter((each): each is { series: Series; part: string } => each.part !== null)
    .sort((a, b) => Number(b.part === 'total') - Number(a.part === 'total'));
  return parts
    .slice(0, COLORS.length)
    .flatMap(({ series, part }, i) => shown(series, titleOf(part), COLORS[i] ?? 'var(--c5)'));
}

export interface SmallChart {
  id: string;
  title: string;
  note: string;
  series: ChartSeries[];
  kind: 'share' | 'tokens' | 'number';
}

interface Wanted {
  id: string;
  title: string;
  note: string;
  kind: SmallChart['kind'];
  lines: readonly (readonly [name: string, title: string, color: string])[];
}

const wanted: readonly Wanted[] = [
  {
    id: 'kl',
    title: 'KL to the base',
    note: 'How far its words have moved from the base’s.',
    kind: 'number',
    lines: [['policy/kl', 'KL', 'var(--c5)']],
  },
  {
    id: 'length',
    title: 'Completion tokens',
    note: 'Thinking first costs tokens.',
    kind: 'tokens',
    lines: [['completion/length_mean', 'mean', 'var(--c2)']],
  },
  {
    id: 'spread',
    title: 'Groups without spread',
    note: 'Answers that all earn the same teach nothing.',
    kind: 'share',
    lines: [['reward/zero_std_frac', 'share', 'var(--c4)']],
  },
  {
    id: 'repeated',
    title: 'Loops',
    note: 'Completions that mostly say again what they said.',
    kind: 'share',
    lines: [['completion/repeated_frac', 'share', 'var(--c2)']],
  },
  {
    id: 'entropy',
    title: 'Entropy',
    note: 'Near zero, all answers to a question are alike.',
    kind: 'number',
    lines: [['policy/entropy', 'entropy', 'var(--c3)']],
  },
  {
    id: 'held-out',
    title: 'Held-out questions right',
    note: 'Never trained on: the reward may rise while this falls.',
    kind: 'share',
    lines: [
      ['heldout/correct_frac', 'right', 'var(--c1)'],
      ['heldout/format_frac', 'strict', 'var(--c3)'],
    ],
  },
  {
    id: 'held-out-reward',
    title: 'Held-out reward',
    note: 'What the same suite gives to questions never trained on.',
    kind: 'number',
    lines: [['heldout/reward_mean', 'mean', 'var(--c1)']],
  },
  {
    id: 'kept',
    title: 'Questions of before right',
    note: 'What it could before this training, asked again.',
    kind: 'share',
    lines: [['guard/retention_correct_frac', 'right', 'var(--c1)']],
  },
  {
    id: 'guard-kl',
    title: 'KL to the start',
    note: 'How far the guard lets it move from what it was.',
    kind: 'number',
    lines: [['guard/kl', 'KL', 'var(--c5)']],
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
  {
    id: 'loss',
    title: 'Loss',
    note: 'What the optimizer descends.',
    kind: 'number',
    lines: [['policy/loss', 'loss', 'var(--c5)']],
  },
  {
    id: 'time',
    title: 'Seconds a step',
    note: 'Where the time goes.',
    kind: 'number',
    lines: [
      ['perf/step_s', 'all', 'var(--c5)'],
      ['perf/rollout_s', 'rollouts', 'var(--c1)'],
      ['perf/reward_s', 'rewards', 'var(--c2)'],
      ['perf/train_s', 'update', 'var(--c3)'],
    ],
  },
  {
    id: 'gradient',
    title: 'Gradient norm',
    note: 'Sudden peaks come before a run tips over.',
    kind: 'number',
    lines: [['policy/grad_norm', 'norm', 'var(--c5)']],
  },
];

/** The charts below the reward, without those that the run did not measure. */
export function smallCharts(metrics: readonly Series[]): SmallChart[] {
  const byName = new Map(metrics.map((series) => [series.name, series]));
  return wanted
    .map(({ lines, ...chart }) => ({
      ...chart,
      series: lines.flatMap(([name, title, color]) => shown(byName.get(name), title, color)),
    }))
    .filter((chart) => chart.series.length > 0);
}

/** Shares of the rollouts on one chart: right, strict, all different, copied from the example, cut at the limit. */
export function qualityCurves(metrics: readonly Series[]): ChartSeries[] {
  const byName = new Map(metrics.map((series) => [series.name, series]));
  return [
    ...shown(byName.get('answer/correct_frac'), 'correct', 'var(--c1)'),
    ...shown(byName.get('format/strict_frac'), 'strict format', 'var(--c3)'),
    // A reward that rises while these fall or rise was earned by something else than what was asked.
    ...shown(byName.get('completion/distinct_frac'), 'distinct', 'var(--c2)'),
    ...shown(byName.get('completion/copied_frac'), 'copied', 'var(--c4)'),
    ...shown(byName.get('completion/truncated_frac'), 'at the limit', 'var(--c5)'),
  ];
}
