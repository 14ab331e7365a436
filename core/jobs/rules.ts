// Rules between the fields of a run, with the rows that it has and the base that it is for: the trainer's own (its spec folder), and what would
// be computed for nothing. Pure; called by resolve.ts.
import type { Part } from '../contract/job-settings.ts';
import type { Block } from './blocks.ts';
import type { RunGeometry } from './deps.ts';
import { devicesOf, type HostFacts, largestMesh } from './devices.ts';
import type { Findings } from './findings.ts';
import { neverTrue } from './health/offered-rules.ts';
import type { RunPart } from './parts.ts';
import type { PresetFile } from './presets.ts';
import { checkStages } from './stage-rules.ts';

export interface RuleContext {
  findings: Findings;
  blocks: readonly Block[];
  /** Null where the base is not known. */
  geometry: RunGeometry | null;
  mesh: { fsdp: number; tp: number };
  hasSuite: boolean;
  /** Adapters that are merged into the base first, under a stage by then; null where that is not known. */
  adapters: number | null;
}

export function checkPart(part: RunPart, on: RuleContext): void {
  if ('lora' in part) checkLora(part, on);
  if ('training' in part && 'stopWhen' in part) {
    checkWarmup(part, on);
    checkExams(part, on);
  }
  switch (part.kind) {
    case 'grpo':
      checkGrpo(part, on);
      break;
    case 'sft':
    case 'dpo':
      checkTaught(part, on);
      break;
    case 'rejection':
      if (part.keep.perPrompt > part.samplesPerPrompt)
        on.findings.error(
          `${part.where}keep.perPrompt`,
          `${part.keep.perPrompt} cannot be kept of samplesPerPrompt, ${part.samplesPerPrompt}.`,
        );
      break;
    case 'generate':
      checkGenerate(part, on);
      break;
    case 'evaluate':
      checkSets(part, on);
      break;
    case 'merge':
      checkMerge(part, on);
      break;
    case 'export':
      checkExport(part, on);
      break;
  }
  checkContext(part, on);
  checkMesh(part, on);
}

type Of<K extends Part['kind']> = Extract<RunPart, { kind: K }>;

function checkLora(part: Of<'grpo' | 'sft' | 'dpo'>, on: RuleContext): void {
  const { targets } = part.lora;
  const field = `${part.where}lora.targets`;
  if (new Set(targets).size < targets.length) on.findings.error(field, 'A module is named twice.');
  if (targets.includes('k_proj') !== targets.includes('v_proj'))
    on.findings.error(
      field,
      'Only one of k_proj and v_proj is named, which are one matrix in training; name both or none.',
    );
  const missing = on.geometry ? targets.filter((target) => !on.geometry?.projections[target]?.length) : [];
  if (missing.length > 0)
    on.findings.error(field, `The base has no ${missing.join(', ')}: nothing would be trained there.`);
}

/** As the trainer's optimizer.py cuts it. */
const LONGEST_WARMUP = 0.25;

function checkWarmup({ training, where }: Of<'grpo' | 'sft' | 'dpo'>, { findings }: RuleContext): void {
  const { warmupFraction } = training;
  if (warmupFraction > LONGEST_WARMUP)
    findings.warn(
      `${where}training.warmupFraction`,
      `The rate rises for a quarter of the steps at most: ${warmupFraction} does what ${LONGEST_WARMUP} does.`,
    );
}

function checkExams(part: Of<'grpo' | 'sft' | 'dpo'>, on: RuleContext): void {
  const retention = part.kind === 'grpo' ? null : (part.guard?.retention ?? null);
  const asks = part.heldOut ? 'heldOut' : retention ? 'guard.retention' : null;
  if (asks !== null && !on.hasSuite)
    on.findings.error('suite', `${asks} has questions answered and scored: choose a reward suite.`);
  if (asks !== null && part.kind !== 'grpo' && part.generation === null)
    on.findings.error(`${part.where}generation`, `${asks} has questions answered: say how long they may be.`);
  if (part.heldOut && retention && part.heldOut.set === retention.set)
    on.findings.error(
      `${part.where}guard.retention.set`,
      'It has the name of heldOut.set; each needs its own.',
    );
  for (const [i, rule] of part.stopWhen.entries()) {
    const why = neverTrue(part, rule);
    if (why) on.findings.warn(`${part.where}stopWhen[${i}]`, `${why}: this rule never ends the run.`);
  }
}

function rowsOf(part: RunPart, name: string, on: RuleContext): number | null {
  return on.blocks.find((block) => block.field === `${part.where}${name}`)?.rows ?? null;
}

function checkGrpo(part: Of<'grpo'>, on: RuleContext): void {
  const { training: t, rollout, where } = part;
  const { findings } = on;
  const rows = rowsOf(part, 'data', on);
  if (rows !== null && rows < t.promptsPerStep)
    findings.error(
      `${where}training.promptsPerStep`,
      `A step takes ${t.promptsPerStep} different prompts, but there ${rows === 1 ? 'is only 1 row' : `are only ${rows} rows`}.`,
    );
  if (t.epsilonHigh !== null && t.epsilonHigh < t.epsilon)
    findings.error(`${where}training.epsilonHigh`, `It is ${t.epsilonHigh}, below epsilon, ${t.epsilon}.`);
  if (t.variant === 'dapo' && t.beta !== 0)
    findings.error(`${where}training.beta`, `dapo has no KL penalty: beta must be 0, not ${t.beta}.`);
  if (t.iterations > 1 && rollout.temperature !== 1)
    findings.error(
      `${where}training.iterations`,
      `More than one iteration needs temperature 1, not ${rollout.temperature}: the old probabilities are taken at temperature 1.`,
    );
  for (const name of ['trainMicroBatch', 'rolloutMicroBatch', 'logpsMicroBatch'] as const) {
    const size = t[name];
    if (size !== null && t.promptsPerStep % size !== 0)
      findings.error(
        `${where}training.${name}`,
        `${size} does not divide promptsPerStep, ${t.promptsPerStep}.`,
      );
  }
  if (t.iterations === 1 && t.variant === 'gspo-token')
    findings.warn(
      `${where}training.variant`,
      'With one iteration gspo-token has the very gradient of grpo; it takes iterations 2 or more to differ.',
    );
  if (t.iterations === 1 && t.epsilonHigh !== null)
    findings.warn(`${where}training.epsilonHigh`, 'With one iteration nothing is ever clipped.');
  if (t.variant === 'dapo' && t.trainMicroBatch !== null && t.trainMicroBatch < t.promptsPerStep)
    findings.warn(
      `${where}training.trainMicroBatch`,
      'dapo’s mean over tokens is taken in each part of a step, and then the mean of the parts: a token weighs more in a part of short completions. Left empty, each weighs the same.',
    );
}

function checkTaught(part: Of<'sft' | 'dpo'>, on: RuleContext): void {
  const { training: t, where } = part;
  const { findings } = on;
  if (t.microBatch !== null && t.batchSize % t.microBatch !== 0)
    findings.error(
      `${where}training.microBatch`,
      `${t.microBatch} does not divide batchSize, ${t.batchSize}.`,
    );
  const replay = part.kind === 'sft' ? (part.guard?.replay ?? null) : null;
  const replayed = replay ? Math.round(replay.share * t.batchSize) : 0;
  if (replay && replay.share > 0 && (replayed === 0 || replayed === t.batchSize))
    findings.error(
      `${where}guard.replay.share`,
      `${replay.share} is ${replayed === 0 ? 'none' : 'all'} of a batch of ${t.batchSize}.`,
    );
  const isReplayed = replay !== null || (part.stage?.replayFrom ?? null) !== null;
  if (part.kind === 'sft' && part.guard?.klWeight && part.guard.klRows === 'replay' && !isReplayed)
    findings.error(`${where}guard.klRows`, 'is replay, but no rows are replayed: guard.replay is missing.');
  if (part.kind === 'sft' && part.training.packing) {
    const window = on.geometry?.architecture === 'gemma2' ? on.geometry.window : null;
    if (window !== null && window < part.training.maxTokens)
      findings.error(
        `${where}training.packing`,
        `The base's sliding window of ${window} is shorter than maxTokens: a packed row would lose its own text.`,
      );
    return;
  }
  for (const [name, size] of [
    ['data', t.batchSize - replayed],
    ['guard.replay', replayed],
  ] as const) {
    const rows = rowsOf(part, name, on);
    if (rows !== null && rows < size)
      findings.error(
        `${where}training.batchSize`,
        `A step takes ${size} different rows of ${name}, but there ${rows === 1 ? 'is' : 'are'} only ${rows}.`,
      );
  }
}

function checkGenerate(part: Of<'generate'>, on: RuleContext): void {
  const { rollout, generation, samplesPerPrompt } = part;
  if (rollout === null && samplesPerPrompt > 1)
    on.findings.error(
      'samplesPerPrompt',
      'Without rollout the likeliest completion is taken, which is always the same: 1, or say how to sample.',
    );
  for (const name of ['maxPromptTokens', 'maxCompletionTokens'] as const)
    if (rollout && rollout[name] !== generation[name])
      on.findings.error(`rollout.${name}`, `It is ${rollout[name]}, generation.${name} ${generation[name]}.`);
}

function checkSets(part: Of<'evaluate'>, on: RuleContext): void {
  const names = part.sets.map(({ set }) => set);
  for (const [i, set] of names.entries()) {
    if (names.indexOf(set) < i)
      on.findings.error(`${part.where}sets[${i}].set`, `"${set}" is the name of two sets.`);
    if (!/^\w[\w .:+@-]*$/.test(set))
      on.findings.error(
        `${part.where}sets[${i}].set`,
        'A file is named after it: letters, digits, . : + @ - only.',
      );
  }
}

function checkMerge(part: Of<'merge'>, on: RuleContext): void {
  if (part.form === 'adapter' && part.dtype !== 'float32')
    on.findings.error(`${part.where}dtype`, 'An adapter is written as float32.');
  if (on.adapters === null) return;
  if (on.adapters === 0)
    on.findings.error(
      part.stage ? `${part.where}from` : 'baseId',
      part.stage
        ? `"${part.stage.from}" leaves no adapter to merge: name a stage that trains one.`
        : 'There is no adapter to merge: choose one in place of a base.',
    );
  else if (part.form === 'adapter' && on.adapters < 2)
    on.findings.error(
      `${part.where}form`,
      'One adapter alone need not be joined: merge it, or choose one that lies upon another.',
    );
}

function checkExport(part: Of<'export'>, on: RuleContext): void {
  const formats = part.what === 'adapter' ? ['gguf-lora'] : ['gguf', 'hf'];
  if (!formats.includes(part.format))
    on.findings.error(
      'format',
      `For ${part.what === 'adapter' ? 'an adapter' : 'a model'} it is ${formats.join(' or ')}.`,
    );
  if (part.what === 'adapter' && part.dtype !== 'float32')
    on.findings.error('dtype', 'A GGUF LoRA is written as float32.');
  if (part.what === 'adapter' && on.adapters === 0)
    on.findings.error('baseId', 'There is no adapter to export: choose one in place of a base.');
}

/** Prompt and completion must fit into what the base was trained for: in training and wherever questions are answered. */
function checkContext(part: RunPart, on: RuleContext): void {
  const context = on.geometry?.context;
  if (!context) return;
  for (const [field, tokens] of lengthsOf(part))
    if (tokens > context)
      on.findings.error(
        `${part.where}${field}`,
        `Prompt and completion may have ${tokens} tokens together, but the base's context is ${context}.`,
      );
}

function lengthsOf(part: RunPart): [field: string, tokens: number][] {
  const both = (block: { maxPromptTokens: number; maxCompletionTokens: number }) =>
    block.maxPromptTokens + block.maxCompletionTokens;
  const found: [string, number][] = [];
  if ('rollout' in part && part.rollout) found.push(['rollout.maxCompletionTokens', both(part.rollout)]);
  if ('generation' in part && part.generation)
    found.push(['generation.maxCompletionTokens', both(part.generation)]);
  if (part.kind === 'sft') found.push(['training.maxTokens', part.training.maxTokens]);
  if (part.kind === 'dpo') found.push(['training.maxCompletionTokens', both(part.training)]);
  return found;
}

/** How many sequences one update, or one batch of completions, holds. */
export function rowsAtOnce(part: RunPart): number {
  switch (part.kind) {
    case 'grpo':
      return (part.training.trainMicroBatch ?? part.training.promptsPerStep) * part.training.groupSize;
    case 'sft':
      return part.training.microBatch ?? part.training.batchSize;
    case 'dpo':
      return 2 * (part.training.microBatch ?? part.training.batchSize);
    case 'rejection':
      return part.batchSize;
    case 'generate':
    case 'evaluate':
      return part.generation.batchSize;
    default:
      return 0;
  }
}

function checkMesh(part: RunPart, on: RuleContext): void {
  const rows = rowsAtOnce(part);
  const own = part.stage?.mesh;
  const { fsdp, tp } = own ?? on.mesh;
  const field = own ? `${part.where}mesh` : 'mesh';
  if (on.geometry && on.geometry.kvHeads % tp !== 0)
    on.findings.error(
      `${field}.tp`,
      `${tp} does not divide the base's ${on.geometry.kvHeads} key/value heads.`,
    );
  if (rows > 0 && rows % fsdp !== 0)
    on.findings.warn(
      `${field}.fsdp`,
      `${part.stage ? `Stage ${part.stage.id}: ` : ''}${rows} sequences cannot be cut into ${fsdp} parts: each device computes all of them, and the mesh makes nothing faster.`,
    );
}

/** Sooner than that nothing has been loaded and compiled. */
const SHORTEST_DEADLINE_MS = 60_000;

const shown = { cpu: 'CPU', gpu: 'GPU', tpu: 'TPU' } as const;

/** Rules over the whole run. */
export function checkWhole(preset: PresetFile, on: RuleContext & { host: HostFacts }): void {
  const { host } = on;
  const { mesh, where } = largestMesh(preset.settings);
  const wanted = devicesOf(mesh);
  const { platform } = preset.settings;
  // One or the other: of a run that cannot be made here it is not said how it would be.
  const usesDevices = preset.kind !== 'merge' && preset.kind !== 'export';
  if (usesDevices && platform !== null && platform !== host.platform)
    on.findings.error(
      'platform',
      `The run is for a ${shown[platform]}, but one that is started here computes on a ${shown[host.platform]} and would end before its first step. Choose a preset for this machine, or leave this one unset (null in YAML): it then computes on what is here, however long that takes.`,
    );
  else if (usesDevices && wanted > host.devices) {
    const field = `${where}mesh.${mesh.fsdp > 1 ? 'fsdp' : 'tp'}`;
    if (host.platform === 'cpu')
      on.findings.warn(
        field,
        `The mesh has ${wanted} devices, this machine ${host.devices}: they are played on its processor, which makes nothing faster.`,
      );
    else
      on.findings.error(
        field,
        `The mesh has ${wanted} devices, but there are ${host.devices} here. Choose a smaller one.`,
      );
  }
  const { deadlineMs } = preset.settings.limits;
  if (deadlineMs !== null && deadlineMs < SHORTEST_DEADLINE_MS)
    on.findings.warn(
      'limits.deadlineMs',
      `It is ${deadlineMs} ms, ${deadlineMs / 1000} seconds: the run may end before its first step, or right after it. An hour is 3600000 ms.`,
    );
  if (preset.kind === 'program') checkStages(preset.settings, on);
}
