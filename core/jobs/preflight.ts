// What would become of a run before it is made: what is wrong next to its field, what it needs, and the run as YAML and as a command. Nothing
// is written and no machine is touched. Called by jobs.ts.
import type { Preflight } from '../contract/run-views.ts';
import type { Block } from './blocks.ts';
import type { JobsDeps } from './deps.ts';
import { differences, type RunDocument, toCommand, toYaml } from './document.ts';
import { Findings } from './findings.ts';
import { stopRules } from './health/rules.ts';
import { HOST } from './launch.ts';
import type { LaunchInput } from './launch-input.ts';
import type { RunPart } from './parts.ts';
import { planOf } from './plan.ts';
import { type Resolved, resolveRun } from './resolve.ts';

export async function preflight(deps: JobsDeps, input: LaunchInput): Promise<Preflight> {
  const findings = new Findings();
  const resolved = await resolveRun(deps, HOST, input, findings);
  const { preset, base, geometry, parts, blocks, origin, suite } = resolved;
  for (const part of parts) await checkPrompts(deps, part, resolved, findings);
  const mesh = (preset ?? origin).settings.mesh;
  const plan =
    preset && base && geometry ? planOf(parts, { geometry, mesh, blocks, baseName: base.name }) : null;
  if (plan) checkMemory(deps, plan.memoryBytes, findings);
  const document = documentOf(resolved, input);
  const changes = differences(origin.settings, document.settings);
  const groupSize = parts.find((part) => part.kind === 'grpo');
  return {
    findings: findings.list.toSorted((a, b) => rank[a.level] - rank[b.level]),
    yaml: toYaml(document),
    command: toCommand(document, changes),
    plan,
    stopRules: stopRules({
      groupSize: groupSize?.kind === 'grpo' ? groupSize.training.groupSize : 1,
      range: suite && { max: suite.max, min: suite.min },
    }),
  };
}

const rank = { error: 0, warning: 1 };

/** Only what differs from the preset, but for the settings, which are whole. Settings that cannot be read are left as they were said. */
function documentOf({ origin, preset, sources }: Resolved, input: LaunchInput): RunDocument {
  const isOwn = input.sources !== undefined || input.sourceId !== undefined;
  return {
    preset: origin.id,
    ...(input.baseId === undefined ? {} : { base: input.baseId }),
    ...(isOwn ? { sources } : {}),
    ...(input.data === undefined ? {} : { data: input.data }),
    ...(input.suite === undefined ? {} : { suite: input.suite }),
    ...(input.template === undefined ? {} : { template: input.template }),
    seed: input.seed,
    ...(input.name ? { name: input.name } : {}),
    settings: preset?.settings ?? { ...origin.settings, ...input.settings },
  };
}

/** Prompts longer than their limit would be refused by the trainer; a limit far above the longest is mostly padding. */
async function checkPrompts(
  deps: JobsDeps,
  part: RunPart,
  { base, template, blocks }: Resolved,
  findings: Findings,
): Promise<void> {
  const limit = promptLimit(part);
  if (limit === null || base === null || template === null) return;
  for (const block of blocks.filter((each) => each.part === part)) {
    const wanted = limitFor(block, limit);
    const ids = block.kind === 'questions' ? block.sources.map(({ source }) => source.id) : [];
    const lengths =
      wanted && ids.length > 0 ? await deps.promptLengths(base.modelId, ids, template.id) : null;
    if (!wanted || !lengths || lengths.length === 0) continue;
    const field = `${part.where}${wanted.field}`;
    const longest = Math.max(...lengths);
    const long = lengths.filter((length) => length > wanted.tokens).length;
    const mean = Math.round(lengths.reduce((sum, length) => sum + length, 0) / lengths.length);
    if (long > 0)
      findings.error(
        field,
        `${long} of ${lengths.length} prompts of ${ids.join(', ')} are longer than ${wanted.tokens} tokens; the longest has ${longest}.`,
      );
    else if (block.field.endsWith('data') && longest < wanted.tokens / 2)
      findings.warn(
        field,
        `The longest prompt has ${longest} tokens and the mean ${mean}, but the limit is ${wanted.tokens}: each is padded to it, and most of that work is for nothing.`,
      );
  }
}

interface PromptLimit {
  /** For rows that are sampled from; null where those are not prompts alone. */
  sampled: { field: string; tokens: number } | null;
  /** For rows that are answered greedily. */
  asked: { field: string; tokens: number } | null;
}

function promptLimit(part: RunPart): PromptLimit | null {
  const of = (name: string, block: { maxPromptTokens: number } | null) =>
    block && { field: `${name}.maxPromptTokens`, tokens: block.maxPromptTokens };
  switch (part.kind) {
    case 'grpo':
      return { sampled: of('rollout', part.rollout), asked: of('rollout', part.rollout) };
    case 'rejection':
      return { sampled: of('rollout', part.rollout), asked: null };
    case 'generate':
    case 'evaluate':
      return { sampled: of('generation', part.generation), asked: of('generation', part.generation) };
    case 'sft':
    case 'dpo':
      return { sampled: null, asked: of('generation', part.generation) };
    default:
      return null;
  }
}

function limitFor(block: Block, limit: PromptLimit): PromptLimit['asked'] {
  return block.kind === 'questions' && block.purpose === 'train' ? limit.sampled : limit.asked;
}

function checkMemory(deps: JobsDeps, needed: number, findings: Findings): void {
  const { memoryBytes } = deps.hosts.facts(HOST);
  if (memoryBytes === null || needed <= memoryBytes) return;
  const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1);
  findings.warn(
    '',
    `It needs about ${gigabytes(needed)} GB of memory; this machine has ${gigabytes(memoryBytes)} GB. Smaller micro-batches or shorter completions need less.`,
  );
}
