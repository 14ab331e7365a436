// What a run is going to need, in numbers and sentences, before anything is started: the same estimate as the trainer's plan.py. Pure; called
// by preflight.ts.
import { memoryWords, PROCESS_BYTES, type RunPlan } from '../contract/run-views.ts';
import type { Block } from './blocks.ts';
import type { RunGeometry } from './deps.ts';
import { measurementOf, type Stoppable } from './health/measured.ts';
import type { RunPart } from './parts.ts';
import { rowsAtOnce } from './rules.ts';
import { adaptersUnder } from './stage-rules.ts';

/** Everything is computed in float32. */
const BYTES = 4;
/** The base, and what a compiled update returns of it, until the update is over. */
const BASE_COPIES = 2;
/** Copies of the logits that live at once in an update; measured by the trainer, see its plan.py. */
const LOGIT_COPIES = 8;
/** GRPO scores its completions in parts whose logits have so many bytes, where all of them would have more. */
const LOGITS_AT_ONCE = 128 * 2 ** 20;
/** The adapter, its gradient, Adam's two moments, and the copy that a run can fall back on. */
const LORA_COPIES = 5;

/** How many numbers an adapter trains. Keys and values are one matrix in training, with one A for both. */
export function loraParameters(geometry: RunGeometry, rank: number, targets: readonly string[]): number {
  let total = 0;
  for (const target of targets)
    for (const [outputs, inputs] of geometry.projections[target] ?? [])
      total += rank * (outputs + (target === 'v_proj' ? 0 : inputs));
  return total;
}

interface Load {
  steps: number;
  rowsPerStep: number;
  tokensPerRow: number;
  lines: string[];
}

export function planOf(
  parts: readonly RunPart[],
  on: {
    geometry: RunGeometry;
    mesh: { fsdp: number; tp: number };
    blocks: readonly Block[];
    baseName: string;
    /** In the base. */
    adapters: number;
    /** The adapter that it goes on from. */
    startName?: string | undefined;
  },
): RunPlan {
  const { geometry: g, mesh } = on;
  const plan: RunPlan = { lines: [], memoryBytes: 0, steps: 0, tokensPerStep: 0 };
  plan.lines.push(`base ${on.baseName}, ${count(g.parameters)} parameters, mesh ${mesh.fsdp} × ${mesh.tp}`);
  const under = adaptersUnder(parts, on.adapters);
  for (const [i, part] of parts.entries()) {
    const own = part.stage?.mesh ?? mesh;
    const devices = own.fsdp * own.tp;
    const load = loadOf(part, on.blocks, under[i] ?? null);
    const memory = memoryOf(part, load.tokensPerRow, g, devices);
    const tokens = load.rowsPerStep * load.tokensPerRow;
    if (part.stage) plan.lines.push(`stage ${part.stage.id} (${part.kind}) from ${part.stage.from}`);
    if ('lora' in part) {
      const { rank, alpha, targets } = part.lora;
      plan.lines.push(
        `LoRA rank ${rank}, alpha ${alpha} on ${targets.join(', ')}: ${count(loraParameters(g, rank, targets))} parameters`,
      );
      if (on.startName !== undefined) plan.lines.push(`goes on from ${on.startName}`);
    }
    plan.lines.push(...load.lines);
    plan.lines.push(
      tokens > 0
        ? `${counted(load.steps, 'step')} of up to ${count(tokens)} tokens; about ${memoryWords(memory)} of arrays per device, and ${memoryWords(PROCESS_BYTES)} for the process`
        : `about ${memoryWords(memory)} of memory`,
    );
    plan.memoryBytes = Math.max(plan.memoryBytes, memory);
    plan.steps += load.steps;
    plan.tokensPerStep = Math.max(plan.tokensPerStep, tokens);
  }
  return plan;
}

/** adapters: in what the part begins from; null where only its run can tell. */
function loadOf(part: RunPart, blocks: readonly Block[], adapters: number | null): Load {
  const rowsOf = (name: string) => blocks.find((block) => block.field === `${part.where}${name}`)?.rows ?? 0;
  const rows = rowsOf('data');
  switch (part.kind) {
    case 'grpo': {
      const { training: t, rollout: r } = part;
      const per = t.promptsPerStep * t.groupSize;
      return {
        steps: t.steps,
        rowsPerStep: per,
        tokensPerRow: r.maxPromptTokens + r.maxCompletionTokens,
        lines: [
          `${counted(rows, 'question')}, ${t.promptsPerStep} a step with ${counted(t.groupSize, 'answer')} each: ${counted(t.steps * per, 'completion')} in all`,
          ...examLine(part, part.heldOut, rowsOf('heldOut'), 'heldout/reward_mean'),
        ],
      };
    }
    case 'sft':
    case 'dpo': {
      const { training: t } = part;
      const tokens =
        part.kind === 'sft'
          ? part.training.maxTokens
          : part.training.maxPromptTokens + part.training.maxCompletionTokens;
      const what = part.kind === 'sft' ? 'completion' : 'pair';
      const passes = rows > 0 ? `, ${((t.steps * t.batchSize) / rows).toFixed(1)} passes over them` : '';
      return {
        steps: t.steps,
        rowsPerStep: part.kind === 'sft' ? t.batchSize : 2 * t.batchSize,
        tokensPerRow: tokens,
        lines: [
          `${rows > 0 ? counted(rows, what) : `an earlier stage’s ${what}s`}, ${t.batchSize} a step${passes}`,
          ...examLine(part, part.heldOut, rowsOf('heldOut'), 'heldout/reward_mean'),
          ...examLine(part, part.guard?.retention ?? null, rowsOf('guard.retention'), 'guard/retention_mean'),
        ],
      };
    }
    case 'rejection': {
      const { batchSize, samplesPerPrompt: n, rollout: r } = part;
      return {
        steps: Math.ceil(rows / batchSize),
        rowsPerStep: batchSize * n,
        tokensPerRow: r.maxPromptTokens + r.maxCompletionTokens,
        lines: [
          `${counted(rows, 'question')}, ${counted(n, 'answer')} each, at most ${part.keep.perPrompt} kept`,
        ],
      };
    }
    case 'generate': {
      const { generation: g, samplesPerPrompt: n } = part;
      return {
        steps: Math.ceil(rows / g.batchSize),
        rowsPerStep: g.batchSize * n,
        tokensPerRow: g.maxPromptTokens + g.maxCompletionTokens,
        lines: [`${counted(rows, 'question')}, ${counted(n, 'answer')} each`],
      };
    }
    case 'evaluate': {
      const { generation: g, sets } = part;
      const checkpoints = part.checkpoints === 'each' ? 1 + (adapters ?? 0) : 1;
      const asked = sets.map(({ set, maxRows }, i) => [set, least(rowsOf(`sets[${i}]`), maxRows)] as const);
      return {
        steps: checkpoints * asked.reduce((sum, [, n]) => sum + Math.ceil(n / g.batchSize), 0),
        rowsPerStep: g.batchSize,
        tokensPerRow: g.maxPromptTokens + g.maxCompletionTokens,
        lines: asked.map(
          ([set, n]) =>
            `${counted(n, 'question')} of the set ${set}${checkpoints > 1 ? `, to each of ${checkpoints} checkpoints, the base among them` : ''}`,
        ),
      };
    }
    default:
      return { steps: 1, rowsPerStep: 0, tokensPerRow: 0, lines: [] };
  }
}

/** How often these questions are asked: what tells `metric`. */
function examLine(
  part: Stoppable,
  exam: { everySteps: number; maxRows: number | null; set: string } | null,
  rows: number,
  metric: string,
): string[] {
  const told = measurementOf(part, metric);
  if (!exam || told.why !== null || !told.exam) return [];
  const asked = least(rows, exam.maxRows);
  const { times } = told.exam;
  return [
    `${counted(asked, 'question')} of the set ${exam.set} every ${exam.everySteps === 1 ? 'step' : `${exam.everySteps} steps`}, ${counted(times, 'time')} in all`,
  ];
}

const least = (rows: number, most: number | null): number => (most === null ? rows : Math.min(rows, most));

/** Bytes at the peak, per device; see `make_plan` in the trainer's plan.py. */
function memoryOf(part: RunPart, tokens: number, g: RunGeometry, devices: number): number {
  const rows = rowsAtOnce(part);
  const trains = 'lora' in part;
  const trainable = trains ? loraParameters(g, part.lora.rank, part.lora.targets) : 0;
  const guard = part.kind === 'sft' ? part.guard : null;
  const further = guard?.klWeight && guard.klEstimator === 'full' ? 2 : 0;
  const logits = logitsOf(part, rows, tokens, g.vocabulary) * (trains ? LOGIT_COPIES + further : 1);
  const weights = g.parameters * BYTES * (trains ? BASE_COPIES : 1);
  const held = Math.floor((weights + trainable * BYTES * LORA_COPIES + logits) / devices);
  return held + Math.floor((g.layers * rows * tokens * g.width * BYTES * 8) / devices);
}

/** Bytes of one copy. GRPO scores the completions' tokens only. */
function logitsOf(part: RunPart, rows: number, tokens: number, vocabulary: number): number {
  if (part.kind !== 'grpo') return rows * tokens * vocabulary * BYTES;
  return Math.min(rows * part.rollout.maxCompletionTokens * vocabulary * BYTES, LOGITS_AT_ONCE);
}

const count = (value: number): string => value.toLocaleString('en');
const counted = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
