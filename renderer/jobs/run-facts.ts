// What a run's spec says, whatever its kind: its parts, its group size, its facts in words. Pure; used by the pages of a run.
import type { Data, JobSpec } from '../../core/contract/job-spec.ts';
import { stopRuleInWords } from '../../core/contract/stop-rule-words.ts';
import { formatCount, shortHash } from '../ui/format.ts';

type Part = NonNullable<Extract<JobSpec, { kind: 'sft' }>['rewardSuite']>['suite']['parts'][number];

export function partsOf(spec: JobSpec): readonly Part[] {
  return ('rewardSuite' in spec && spec.rewardSuite?.suite.parts) || [];
}

/** The run itself, or a stage of a program. */
function partOf(spec: JobSpec, stage: string | undefined) {
  return spec.kind === 'program' ? spec.stages.find(({ id }) => id === stage) : spec;
}

/** Completions of one prompt in a step, of a program in a step of that stage; one where the kind knows no groups. */
export function groupSizeOf(spec: JobSpec, stage?: string): number {
  const part = partOf(spec, stage);
  if (part?.kind === 'grpo') return part.training.groupSize;
  return part && 'samplesPerPrompt' in part ? part.samplesPerPrompt : 1;
}

/** Of a run, or of all stages of a program. */
export function largestGroup(spec: JobSpec): number {
  if (spec.kind !== 'program') return groupSizeOf(spec);
  return Math.max(...spec.stages.map(({ id }) => groupSizeOf(spec, id)));
}

/** Longest completion in tokens that is written, of a program in that stage; null where none is, or each stage has its own. */
export function completionLimitOf(spec: JobSpec, stage?: string): number | null {
  const part = partOf(spec, stage);
  if (part?.kind === 'sft' || part?.kind === 'dpo') return null; // what it learns from is not cut
  if (part && 'rollout' in part && part.rollout) return part.rollout.maxCompletionTokens;
  if (part && 'generation' in part && part.generation) return part.generation.maxCompletionTokens;
  return null;
}

export function factsOf(spec: JobSpec): [string, string | number][] {
  const facts: [string, string | number][] = [
    ['Kind', spec.kind],
    ['Base', `${spec.base.modelId} · ${shortHash(spec.base.sha256)}`],
  ];
  if ('data' in spec) facts.push(['Questions', `${questionsOf(spec.data)} · ${shortHash(spec.data.sha256)}`]);
  if ('rewardSuite' in spec && spec.rewardSuite)
    facts.push(['Reward suite', `${spec.rewardSuite.name} · ${shortHash(spec.rewardSuite.hash)}`]);
  facts.push(['Prompt', spec.prompt.id]);
  if (spec.kind === 'grpo') {
    const { training } = spec;
    facts.push(
      ['Steps', `${training.steps} × ${training.promptsPerStep} × ${training.groupSize}`],
      ['KL weight, clip', `${training.beta} (${training.klEstimator}), ${training.epsilon}`],
    );
  } else if ('training' in spec) facts.push(['Steps', `${spec.training.steps} × ${spec.training.batchSize}`]);
  if ('training' in spec)
    facts.push(['Learning rate', `${spec.training.learningRate}, ${spec.training.schedule}`]);
  if ('lora' in spec) facts.push(['LoRA', `rank ${spec.lora.rank}, alpha ${spec.lora.alpha}`]);
  if ('rollout' in spec && spec.rollout)
    facts.push(['Sampling', `temperature ${spec.rollout.temperature}, top-p ${spec.rollout.topP}`]);
  return facts;
}

/** `count` is what the file holds; of it the trainer draws what `sources` says. */
function questionsOf({ count, sources }: Data): string {
  if (sources === null) return formatCount(count);
  const drawn = Object.values(sources).reduce((sum, each) => sum + each, 0);
  return drawn === count ? formatCount(count) : `${formatCount(drawn)} of ${formatCount(count)}`;
}

/** What ends the run by itself, or a stage of it: every rule in words, of a program after the name of its stage. */
export function stopRulesOf(spec: JobSpec): string[] {
  const parts = spec.kind === 'program' ? spec.stages : [{ ...spec, id: null }];
  return parts.flatMap((part) =>
    ('stopWhen' in part ? part.stopWhen : []).map((rule) =>
      part.id === null ? stopRuleInWords(rule) : `${part.id}: ${stopRuleInWords(rule)}`,
    ),
  );
}

/** A kind that a rule could end. */
export const canBeEnded = (spec: JobSpec): boolean =>
  (spec.kind === 'program' ? spec.stages : [spec]).some((part) => 'stopWhen' in part);
