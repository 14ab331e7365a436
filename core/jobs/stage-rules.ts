// Rules between the stages of a program, the trainer's own (its spec/stages.py): what a late stage needs of earlier ones is looked at before the
// first begins. Pure; called by rules.ts and resolve.ts.

import { asideOf, type Block } from './blocks.ts';
import type { Findings } from './findings.ts';
import type { RunPart } from './parts.ts';
import type { PresetFile } from './presets.ts';

type Settings = Extract<PresetFile, { kind: 'program' }>['settings'];
type Stage = Settings['stages'][number];

interface StagesContext {
  findings: Findings;
  /** The rows of the stages' exams, by their fields, as far as they are known. */
  blocks: readonly Block[];
}

/** How many adapters lie under each part when its turn comes; null under a stage that is from none that is known. */
export function adaptersUnder(parts: readonly RunPart[], ofBase: number): (number | null)[] {
  const after = new Map<string, number | null>([['base', ofBase]]);
  return parts.map((part) => {
    const under = after.get(part.stage?.from ?? 'base') ?? null;
    if (part.stage) after.set(part.stage.id, under === null ? null : adaptersAfter(part, under));
    return under;
  });
}

function adaptersAfter(part: RunPart, under: number): number {
  if ('lora' in part) return under + 1;
  if (part.kind === 'merge') return part.form === 'merged' ? 0 : 1;
  return under;
}

export function checkStages(settings: Settings, { findings, blocks }: StagesContext): void {
  const asked = askedIn(settings.stages, blocks);
  const earlier = new Map<string, Stage>();
  for (const [i, stage] of settings.stages.entries()) {
    const where = `stages[${i}]`;
    if (earlier.has(stage.id) || stage.id === 'base')
      findings.error(`${where}.id`, `"${stage.id}" is taken.`);
    if (stage.from !== 'base' && !earlier.has(stage.from))
      findings.error(`${where}.from`, `"${stage.from}" is no earlier stage.`);
    checkMadeRows(stage, where, earlier, findings);
    earlier.set(stage.id, stage);
    checkGate(stage, where, { stages: earlier, asked }, findings);
  }
  const sets = settings.stages.flatMap(setsOf);
  if (settings.best && !sets.includes(settings.best.set))
    findings.error(
      'best.set',
      `No stage measures on "${settings.best.set}"; they measure on ${listed(sets)}.`,
    );
  if (settings.best) checkAlike('best.set', settings.best.set, asked, settings.stages, findings);
  const shares = settings.stages.reduce((sum, { share }) => sum + (share ?? 0), 0);
  if (shares > 1 + 1e-9) {
    const last = settings.stages.findLastIndex(({ share }) => share !== null);
    findings.error(
      `stages[${last}].share`,
      `The stages’ shares sum to ${shares}; together they may be 1 at most.`,
    );
  }
  if (shares > 0 && settings.limits.deadlineMs === null)
    findings.warn('limits.deadlineMs', 'Without a deadline the stages’ shares of the time mean nothing.');
}

/** Rows that an earlier stage makes for this one. */
function checkMadeRows(
  stage: Stage,
  where: string,
  earlier: ReadonlyMap<string, Stage>,
  findings: Findings,
): void {
  const { dataFrom, replayFrom } = stage;
  if (dataFrom !== null) {
    if (earlier.get(dataFrom)?.kind !== 'rejection')
      findings.error(`${where}.dataFrom`, `"${dataFrom}" is no earlier stage of kind rejection.`);
    if (stage.kind !== 'sft')
      findings.error(
        `${where}.dataFrom`,
        'Only a stage of kind sft learns from what an earlier one has kept.',
      );
    if (stage.kind === 'sft' && stage.data !== null)
      findings.error(`${where}.dataFrom`, 'It takes the place of data: name one of them.');
  }
  if (replayFrom) {
    if (!['grpo', 'rejection'].includes(earlier.get(replayFrom.stage)?.kind ?? ''))
      findings.error(
        `${where}.replayFrom.stage`,
        `"${replayFrom.stage}" is no earlier stage of kind grpo or rejection.`,
      );
    if (stage.kind !== 'sft')
      findings.error(`${where}.replayFrom`, 'Only a stage of kind sft repeats what an earlier one has done.');
    if (stage.kind === 'sft' && stage.guard?.replay)
      findings.error(`${where}.replayFrom`, 'It takes the place of guard.replay: name one of them.');
  }
  if (stage.kind !== 'sft') return;
  for (const id of new Set([dataFrom, replayFrom?.stage])) {
    const source = id == null ? undefined : earlier.get(id);
    if (!source || !('rollout' in source)) continue;
    const most = source.rollout.maxPromptTokens + source.rollout.maxCompletionTokens;
    if (most > stage.training.maxTokens)
      findings.warn(
        `${where}.training.maxTokens`,
        `A row that stage ${id} makes may have ${most} tokens: longer ones than ${stage.training.maxTokens} will be left out.`,
      );
  }
}

/** `stages`: this one and the earlier ones. */
function checkGate(
  stage: Stage,
  where: string,
  { stages, asked }: { stages: ReadonlyMap<string, Stage>; asked: Asked },
  findings: Findings,
): void {
  const { gate } = stage;
  if (!gate) return;
  const measures = (each: Stage) => setsOf(each).includes(gate.set);
  if ((gate.atLeast === null) === (gate.noWorseThan === null))
    findings.error(`${where}.gate`, 'It needs one of atLeast and noWorseThan.');
  if (!measures(stage))
    findings.error(
      `${where}.gate.set`,
      `The stage does not measure on "${gate.set}"; it measures on ${listed(setsOf(stage))}.`,
    );
  const field = `${where}.gate.noWorseThan`;
  if (gate.noWorseThan === 'base') {
    const examined = [...stages.values()].filter((each) => each.from === 'base' && measures(each));
    if (examined.length === 0)
      findings.error(field, `No stage up to this one that is from the base measures on "${gate.set}".`);
    checkAlike(`${where}.gate.set`, gate.set, asked, [...examined, stage], findings);
  } else if (gate.noWorseThan !== null) {
    const other = gate.noWorseThan === stage.id ? undefined : stages.get(gate.noWorseThan);
    if (!other) findings.error(field, `"${gate.noWorseThan}" is no earlier stage.`);
    else if (!measures(other))
      findings.error(
        field,
        `Stage ${other.id} does not measure on "${gate.set}"; it measures on ${listed(setsOf(other))}.`,
      );
    else checkAlike(`${where}.gate.set`, gate.set, asked, [other, stage], findings);
  }
}

/** Which questions a stage asks by the name of a set; undefined where it asks none by it. */
type Asked = (stage: Stage, set: string) => string | undefined;

function askedIn(stages: readonly Stage[], blocks: readonly Block[]): Asked {
  return (stage, set) => {
    const exam = examsOf(stage).find((each) => each.set === set);
    if (!exam) return undefined;
    // Questions that are set aside are those of the stage's own sources.
    if (exam.source === null)
      return JSON.stringify(['sources' in stage ? stage.sources : null, asideOf(exam)]);
    const field = `stages[${stages.indexOf(stage)}].${exam.field}`;
    const block = blocks.find((each) => each.field === field);
    const rows =
      block?.kind === 'questions'
        ? block.sources.map(({ source, count }) => [source.id, count])
        : exam.source;
    // As many as there are, or more, are all of them.
    const some = exam.maxRows !== null && exam.maxRows < (block?.rows ?? Infinity) ? exam.maxRows : null;
    return JSON.stringify([rows, some]);
  };
}

/** Shares of other questions are no comparison, also where they go by one name. */
function checkAlike(
  field: string,
  name: string,
  asked: Asked,
  stages: readonly Stage[],
  findings: Findings,
): void {
  const [first, ...others] = stages.filter((stage) => asked(stage, name) !== undefined);
  const other = others.find((stage) => first && asked(stage, name) !== asked(first, name));
  if (first && other)
    findings.error(
      field,
      `By the name "${name}" ${first.id} and ${other.id} ask other questions: give both the same source and maxRows, or each set a name of its own.`,
    );
}

interface Exam {
  /** Of its rows, within the stage. */
  field: string;
  set: string;
  source: string | null;
  maxRows: number | null;
}

/** The sets of questions that a stage has answered and scored. */
function examsOf(stage: Stage): Exam[] {
  if (stage.kind === 'evaluate') return stage.sets.map((set, i) => ({ ...set, field: `sets[${i}]` }));
  const retention = 'guard' in stage ? stage.guard?.retention : null;
  const heldOut = 'heldOut' in stage ? stage.heldOut : null;
  return [
    ...(heldOut ? [{ ...heldOut, field: 'heldOut' }] : []),
    ...(retention ? [{ ...retention, field: 'guard.retention' }] : []),
  ];
}

function setsOf(stage: Stage): string[] {
  return examsOf(stage).map(({ set }) => set);
}

function listed(names: readonly string[]): string {
  return [...new Set(names)].map((name) => `"${name}"`).join(', ') || 'no set';
}
