// The rules that end a run, or a stage of it, as switches: those in force as they are, and those that can be switched on. Pure; used by stop-rules.tsx.
import { StopRule } from '../../core/contract/job-blocks.ts';
import type { OfferedRule } from '../../core/contract/run-views.ts';
import type { Settings } from './setting-fields.ts';

export interface StopSwitch {
  /** Null for a run that is no program. */
  stage: string | null;
  title: string;
  /** The one in force; else the one that would be. */
  rule: StopRule;
  /** Its place in `stopWhen`; null while it is off. */
  place: number | null;
}

/** A rule that was in force until a person switched it off in this form: on again, it is the same. */
export type SwitchedOff = Omit<StopSwitch, 'place'>;

/** By stage, each with one switch at least. What cannot be read is left to the check. */
export function switchesOf(
  settings: Settings,
  offered: readonly OfferedRule[],
  off: readonly SwitchedOff[],
): StopSwitch[][] {
  return stagesOf(settings)
    .map((stage) => switchesOfStage(stage, listOf(settings, stage), offered, off))
    .filter((switches) => switches.length > 0);
}

function switchesOfStage(
  stage: string | null,
  list: readonly unknown[],
  offered: readonly OfferedRule[],
  off: readonly SwitchedOff[],
): StopSwitch[] {
  const here = (each: { stage: string | null }) => each.stage === stage;
  const on = list.flatMap((value, place) => {
    const read = StopRule.safeParse(value);
    return read.success ? [{ stage, title: 'A rule of its own', rule: read.data, place }] : [];
  });
  const wasOn = off.filter((each) => here(each) && !on.some(({ rule }) => isSame(rule, each.rule)));
  const known = offered.filter(here);
  const isOver = (metric: string) => (each: { rule: StopRule }) => each.rule.metric === metric;
  const named = known.flatMap(({ title, stopRule }): StopSwitch[] => {
    const over = isOver(stopRule.metric);
    const found = [...on.filter(over), ...wasOn.filter(over).map((each) => ({ ...each, place: null }))];
    return (found.length > 0 ? found : [{ stage, rule: stopRule, place: null }]).map((each) => ({
      ...each,
      title,
    }));
  });
  const isKnown = ({ rule }: { rule: StopRule }) =>
    known.some(({ stopRule }) => stopRule.metric === rule.metric);
  const own = [...on, ...wasOn.map((each) => ({ ...each, place: null }))].filter((each) => !isKnown(each));
  return [...named, ...own];
}

/** With one more that is off now; a rule that was off before stays there once. */
export function withOff(off: readonly SwitchedOff[], used: SwitchedOff): readonly SwitchedOff[] {
  const isThere = off.some(({ stage, rule }) => stage === used.stage && isSame(rule, used.rule));
  return isThere ? off : [...off, used];
}

/** The list that rules of a stage stand in, as findings spell it: "stages[1].stopWhen"; null stands for the run itself. */
export function fieldOf({ stages }: Settings, stage: string | null): string {
  if (stage === null) return 'stopWhen';
  const place = (stages as readonly (Settings | null)[]).findIndex((each) => each?.['id'] === stage);
  return `stages[${place}].stopWhen`;
}

/** The settings after a person has used the switch. */
export function switched(settings: Settings, { stage, rule, place }: StopSwitch): Settings {
  const list = listOf(settings, stage);
  const stopWhen = place === null ? [...list, rule] : list.toSpliced(place, 1);
  if (stage === null) return { ...settings, stopWhen };
  const stages = (settings['stages'] as readonly Settings[]).map((each) =>
    each['id'] === stage ? { ...each, stopWhen } : each,
  );
  return { ...settings, stages };
}

/** Null stands for the run itself. */
function stagesOf({ stages, stopWhen }: Settings): (string | null)[] {
  if (!Array.isArray(stages)) return Array.isArray(stopWhen) ? [null] : [];
  return stages.flatMap((stage: Settings | null) =>
    Array.isArray(stage?.['stopWhen']) ? [String(stage['id'])] : [],
  );
}

function listOf(settings: Settings, stage: string | null): readonly unknown[] {
  const stages = (settings['stages'] ?? []) as readonly Settings[];
  const part = stage === null ? settings : stages.find((each) => each['id'] === stage);
  return (part?.['stopWhen'] ?? []) as readonly unknown[];
}

const isSame = (a: StopRule, b: StopRule) =>
  a.metric === b.metric &&
  a.below === b.below &&
  a.above === b.above &&
  a.belowBest === b.belowBest &&
  a.forSteps === b.forSteps;
