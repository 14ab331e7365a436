// What goes wrong in runs, found in their curves: each rule says in plain words what it sees, since when, and what would end a run for it. Pure;
// called by health.ts and offered-rules.ts.
import type { StopRule } from '../../contract/job-blocks.ts';
import type { JobKind } from '../../contract/job-spec.ts';
import type { HealthFinding, HealthRule, Series } from '../../contract/run-views.ts';
import { type Curve, curveOf, last, lasting, lastTwo, smoothed, valueAt, WINDOW } from './curve.ts';

export interface RunFacts {
  /** Questions of a step, and completions of each; one where the kind knows no groups. */
  promptsPerStep: number;
  groupSize: number;
  /** Highest and lowest total that the suite can give; null where nothing is rewarded. */
  range: { max: number; min: number } | null;
}

/** Of one run or one stage; its steps are those of the curves that it was found in. */
export interface RuleFinding extends Omit<HealthFinding, 'stage' | 'current' | 'since'> {
  /** Since when it is so; null for `ok`. */
  sinceStep: number | null;
}
type Found = Pick<RuleFinding, 'level' | 'message' | 'sinceStep'>;

/** What the facts about groups are of a run or a stage. */
export function groupsOf(part: Grouped | undefined): Pick<RunFacts, 'promptsPerStep' | 'groupSize'> {
  if (part?.kind !== 'grpo') return { promptsPerStep: 1, groupSize: 1 };
  const { promptsPerStep, groupSize } = part.training;
  return { promptsPerStep, groupSize };
}

type Grouped =
  | { kind: 'grpo'; training: { promptsPerStep: number; groupSize: number } }
  | { kind: Exclude<JobKind, 'grpo'> };

interface Rule {
  rule: HealthRule;
  title: string;
  metric: string;
  /** Points of the curve before it can find anything. */
  needs: number;
  stopRule(facts: RunFacts): StopRule | null;
  /** Null where the run does not measure what is needed. */
  find(curve: Curve, all: readonly Series[], facts: RunFacts): Found | null;
}

const REWARD = 'reward/total/mean';
const percent = (share: number): string => `${Math.round(share * 100)} %`;
const short = (value: number): string => String(Number(value.toPrecision(3)));
const ok = (message: string): Found => ({ level: 'ok', message, sinceStep: null });

const none = { below: null, above: null, belowBest: null };
const above = (metric: string, bound: number, forSteps: number): StopRule => {
  return { metric, ...none, above: bound, forSteps };
};
const below = (metric: string, bound: number, forSteps: number): StopRule => {
  return { metric, ...none, below: bound, forSteps };
};
const belowBest = (metric: string, fall: number, forSteps: number): StopRule => {
  return { metric, ...none, belowBest: fall, forSteps };
};

/** A share that is bad when it stays high. */
function highShare(
  curve: Curve,
  bounds: { notice: number; warning: number },
  message: (share: string) => string,
): Found {
  const line = smoothed(curve);
  for (const level of ['warning', 'notice'] as const) {
    const found = lasting(line, (value) => value >= bounds[level]);
    if (found && found.points >= WINDOW)
      return { level, message: message(percent(last(line))), sinceStep: found.since };
  }
  return ok(`${percent(last(line))} over the last steps.`);
}

/** By how much the reward has risen since a step, or its first where that came before; as a share of the suite's range. Null where none is told. */
function rewardGain(all: readonly Series[], facts: RunFacts, since: number): number | null {
  const curve = curveOf(all, REWARD);
  if (!curve || !facts.range || facts.range.max <= facts.range.min) return null;
  const line = smoothed(curve);
  const then = valueAt(line, since) ?? line.values[0]!;
  return (last(line) - then) / (facts.range.max - facts.range.min);
}

/** Less than this share of the suite's range is no change. */
const FLAT = 0.02;
const RISEN = 0.05;
/** Fewer exams show no fall. */
const EXAMS = 3;

export const rules: readonly Rule[] = [
  {
    rule: 'no-spread',
    title: 'Groups without spread',
    metric: 'reward/zero_std_frac',
    needs: WINDOW,
    stopRule: () => above('reward/zero_std_frac', 0.95, 10),
    find: (curve) =>
      highShare(
        curve,
        { notice: 0.6, warning: 0.9 },
        (share) =>
          `In ${share} of the groups all answers earned the same: there is nothing to prefer, so nothing is learned from them. Harder or easier questions, a higher temperature or larger groups bring spread.`,
      ),
  },
  {
    rule: 'truncated',
    title: 'Cut off at the limit',
    metric: 'completion/truncated_frac',
    needs: WINDOW,
    stopRule: () => above('completion/truncated_frac', 0.95, 10),
    find: (curve) =>
      highShare(
        curve,
        { notice: 0.5, warning: 0.9 },
        (share) =>
          `${share} of the completions reach the token limit and are cut off before they answer. They are too long for the limit, or they never end; look at some of them.`,
      ),
  },
  {
    rule: 'kl-without-reward',
    title: 'Drifting away for nothing',
    metric: 'policy/kl',
    needs: 2 * WINDOW,
    stopRule: () => above('policy/kl', 1, 3),
    find: findDrift,
  },
  {
    rule: 'held-out-falls',
    title: 'Worse on held-out questions',
    metric: 'heldout/reward_mean',
    needs: EXAMS,
    stopRule: ({ range }) =>
      range && belowBest('heldout/reward_mean', Number((RISEN * (range.max - range.min)).toPrecision(3)), 2),
    find: findOverfit,
  },
  {
    rule: 'repetition',
    title: 'Going round in circles',
    metric: 'completion/repeated_frac',
    needs: WINDOW,
    stopRule: () => above('completion/repeated_frac', 0.5, 10),
    find: (curve) =>
      highShare(
        curve,
        { notice: 0.2, warning: 0.5 },
        (share) =>
          `${share} of the completions say mostly what they have said before. The reward may pay for length; a part that counts repetition takes that away.`,
      ),
  },
  {
    rule: 'few-distinct',
    title: 'Few distinct completions',
    metric: 'completion/distinct_frac',
    needs: WINDOW,
    stopRule: (facts) => below('completion/distinct_frac', floorOf(facts), 5),
    find: findSameness,
  },
  {
    rule: 'same-answers',
    title: 'One text for many questions',
    metric: 'completion/same_answer_frac',
    needs: WINDOW,
    stopRule: () => above('completion/same_answer_frac', 0.8, 5),
    find: (curve) =>
      highShare(
        curve,
        { notice: 0.6, warning: 0.8 },
        (share) =>
          `${share} of the completions are, word for word, the answer to another question of the last steps too. They cannot be about what was asked, whatever they earn: read some of them.`,
      ),
  },
  {
    rule: 'copying',
    title: 'Copying the prompt’s example',
    metric: 'completion/copied_frac',
    needs: WINDOW,
    stopRule: () => above('completion/copied_frac', 0.5, 5),
    find: (curve) =>
      highShare(
        curve,
        { notice: 0.2, warning: 0.5 },
        (share) =>
          `${share} of the completions are mostly the worked example of the prompt. The form earns without any work; use no example, or a suite that takes copies off.`,
      ),
  },
  {
    rule: 'entropy-collapse',
    title: 'Entropy collapse',
    metric: 'policy/entropy',
    needs: 2 * WINDOW, // the means that come down from the start, and those that are down
    stopRule: () => below('policy/entropy', 0.01, 10),
    find: findCollapse,
  },
];

/**
 * Below it there are fewer distinct texts than questions in a step: some text answers several of them. Where a step has one question only, that
 * cannot be; then most groups are below it when they are one text each. Rounded down, so that a text for each question is not below it.
 */
function floorOf({ promptsPerStep, groupSize }: RunFacts): number {
  if (groupSize === 1) return 0.3;
  return Math.floor((promptsPerStep === 1 ? 1500 : 1000) / groupSize) / 1000;
}

function findDrift(curve: Curve, all: readonly Series[], facts: RunFacts): Found | null {
  const line = smoothed(curve);
  const now = last(line);
  const stretch = Math.max(WINDOW, Math.floor(curve.values.length / 4));
  const moved = lastTwo(curve, stretch);
  const gain = moved && rewardGain(all, facts, moved.since);
  if (moved === null || gain === null) return ok(`The KL to the start is ${short(now)}.`);
  const rises = moved.now > 1.5 * moved.before && moved.now > 0.05;
  if (!rises || gain >= FLAT) return ok(`The KL to the start is ${short(now)}.`);
  const words = gain <= -FLAT ? 'has fallen' : 'stayed the same';
  return {
    level: moved.now > 0.5 ? 'warning' : 'notice',
    message: `The KL to the start rose from ${short(moved.before)} to ${short(moved.now)} while the reward ${words}: the model changes and nothing gets better. A higher beta or a lower learning rate holds it.`,
    sinceStep: moved.since,
  };
}

function findOverfit(curve: Curve, all: readonly Series[], facts: RunFacts): Found | null {
  if (!facts.range) return null;
  const span = facts.range.max - facts.range.min;
  const best = Math.max(...curve.values);
  const at = curve.steps[curve.values.indexOf(best)]!;
  const now = last(curve);
  const gain = rewardGain(all, facts, at);
  const words = `Held-out questions earn ${short(now)}; their best was ${short(best)} ${at === 0 ? 'before its first step' : `after step ${at}`}`;
  if (curve.values.length < EXAMS || best - now < FLAT * span) return ok(`${words}.`);
  if (gain !== null && gain < FLAT) return ok(`${words}. The reward in training has not risen since either.`);
  const later = curve.values.filter((_, i) => curve.steps[i]! > at);
  // A run that learns from texts earns nothing in training.
  const beside =
    gain === null
      ? ''
      : ', while the reward in training has risen: it learns its questions or a weakness of the reward, not the task';
  const bestThere = at === 0 ? 'What it began with' : `The adapter after step ${at}`;
  return {
    level: later.length >= 2 || best - now >= RISEN * span ? 'warning' : 'notice',
    message: `${words}${beside}. ${bestThere} may be the best that comes.`,
    sinceStep: at,
  };
}

function findSameness(curve: Curve, all: readonly Series[], facts: RunFacts): Found | null {
  const line = smoothed(curve);
  const now = last(line);
  const floor = floorOf(facts);
  const few = lasting(line, (value) => value < floor);
  if (few && few.points >= WINDOW)
    return {
      level: 'warning',
      message: `Only ${percent(now)} of the completions differ from each other${facts.groupSize > 1 && facts.promptsPerStep === 1 ? ': the answers to a question are mostly one and the same text, and there is nothing to prefer' : ', fewer than there are questions: the same texts answer different questions'}. Read some before you believe the reward.`,
      sinceStep: few.since,
    };
  const peak = Math.max(...line.values);
  const at = line.steps[line.values.lastIndexOf(peak)]!;
  const halved = lasting(line, (value) => value <= peak / 2);
  const gain = rewardGain(all, facts, at);
  if (halved && halved.points >= WINDOW)
    return {
      level: gain !== null && gain >= RISEN ? 'warning' : 'notice',
      message:
        gain !== null && gain >= RISEN
          ? `The share of distinct completions fell from ${percent(peak)} to ${percent(now)} while the reward rose: the model may be settling on one text that pays. Read some before you believe the reward.`
          : `The share of distinct completions fell from ${percent(peak)} to ${percent(now)}.`,
      sinceStep: halved.since,
    };
  return ok(`${percent(now)} of the completions differ from each other.`);
}

/** Entropy falls in every run that learns; it is bad news together with texts that become the same. */
function findCollapse(curve: Curve, all: readonly Series[], facts: RunFacts): Found | null {
  const line = smoothed(curve);
  const start = Math.max(...line.values.slice(0, 2 * WINDOW));
  const now = last(line);
  const found = lasting(line, (value) => value < 0.2 * start);
  if (!found || found.points < WINDOW)
    return ok(`It is ${short(now)}; the highest of the start was ${short(start)}.`);
  const distinct = curveOf(all, 'completion/distinct_frac');
  const same = distinct && findSameness(distinct, all, facts);
  const groups = curveOf(all, 'reward/zero_std_frac');
  const noSpread = groups !== null && last(smoothed(groups)) >= 0.9;
  const collapsed = (same !== null && same.level !== 'ok') || noSpread;
  return {
    level: collapsed ? 'warning' : 'notice',
    message: `It fell from ${short(start)} to ${short(now)}: the model is nearly certain of every word${collapsed ? ', and its completions become alike. There is little left to learn from' : '. That is how learning ends, or how a collapse begins; the distinct share tells which'}.`,
    sinceStep: found.since,
  };
}

/** One finding for each rule whose numbers the run measures, the worst first. */
export function findingsOf(all: readonly Series[], facts: RunFacts): RuleFinding[] {
  const findings = rules.flatMap((rule): RuleFinding[] => {
    const curve = curveOf(all, rule.metric);
    const found = curve && rule.find(curve, all, facts);
    if (!found) return [];
    const { rule: name, title, metric, needs } = rule;
    const judged = curve.values.length >= needs;
    return [{ rule: name, title, metric, judged, ...found, stopRule: rule.stopRule(facts) }];
  });
  return findings.sort((a, b) => rank[a.level] - rank[b.level]);
}

/** The worse, the lower. */
export const rank = { warning: 0, notice: 1, ok: 2 };
