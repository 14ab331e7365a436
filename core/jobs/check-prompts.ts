// Whether the prompts of a run fit into its limits, before it is made. Called by preflight.ts, which shows what is found, and by launch.ts,
// which starts nothing where the trainer would refuse the same, minutes later.
import { allTooLong } from '../contract/source-name.ts';
import type { Block, QuestionBlock } from './blocks.ts';
import type { JobsDeps } from './deps.ts';
import type { Findings } from './findings.ts';
import { limitOf } from './lengths.ts';
import type { Resolved } from './resolve.ts';

interface Wanted {
  /** Train on so many rows only. */
  rows: number | undefined;
  findings: Findings;
}

export async function checkPrompts(
  deps: Pick<JobsDeps, 'promptLengths'>,
  resolved: Resolved,
  wanted: Wanted,
): Promise<void> {
  for (const block of resolved.blocks) await checkBlock(deps, block, resolved, wanted);
}

/** Prompts longer than their limit are refused by the trainer, or left out; a limit far above the longest is mostly padding. */
async function checkBlock(
  deps: Pick<JobsDeps, 'promptLengths'>,
  block: Block,
  { base, preset, template }: Resolved,
  { rows, findings }: Wanted,
): Promise<void> {
  const limit = limitOf(block);
  // What is set aside is of the very rows that it is taken from, which tell.
  if (block.kind !== 'questions' || block.aside?.part === 'aside' || !limit?.prompt || !base || !template)
    return;
  const ids = block.sources.map(({ source }) => source.id);
  const lengths = await deps.promptLengths(base.modelId, ids, template.id);
  if (!lengths || lengths.length === 0) return;
  const longest = Math.max(...lengths);
  const long = lengths.filter((length) => length > (limit.prompt ?? Infinity)).length;
  const mean = Math.round(lengths.reduce((sum, length) => sum + length, 0) / lengths.length);
  const words = `${long} of ${lengths.length} prompts of ${ids.join(', ')} are longer than ${limit.prompt} tokens; the longest has ${longest}.`;
  const isLeftOut = preset?.settings.tooLong === 'leave-out';
  // Of more rows than these only a sample was counted.
  const isAll = lengths.length >= rowsOf(block);
  if (isLeftOut && isAll && long === lengths.length)
    findings.error(limit.field, allTooLong(frozenRows(block, rows), ids.join(', ')));
  else if (long > 0 && isLeftOut) findings.warn(limit.field, `${words} They are left out.`);
  else if (long > 0 && mayMissThem(block, long / lengths.length))
    findings.warn(
      limit.field,
      `${words} If one of them is drawn, the run is refused; a higher limit, or tooLong "leave-out", is safe.`,
    );
  else if (long > 0)
    findings.error(limit.field, `${words} A higher limit, or tooLong "leave-out", takes the others.`);
  else if (block.field.endsWith('data') && longest < limit.prompt / 2)
    findings.warn(
      limit.field,
      `The longest prompt has ${longest} tokens and the mean ${mean}, but the limit is ${limit.prompt}: each is padded to it, and most of that work is for nothing.`,
    );
}

/** The trainer looks at what it draws only: so many rows can all be short ones. */
function mayMissThem(block: QuestionBlock, share: number): boolean {
  const [all, used] = [rowsOf(block), block.rows + (block.aside?.rows ?? 0)];
  return used < all && used <= all * (1 - share);
}

const rowsOf = ({ sources }: QuestionBlock): number =>
  sources.reduce((sum, { source }) => sum + source.rowCount, 0);

/** How many rows are looked at when the run is made: the trainer draws those that are counted later. */
function frozenRows(block: QuestionBlock, limit: number | undefined): number {
  const { aside, field } = block;
  const all = rowsOf(block);
  const part = all - (aside?.rows ?? 0);
  return field.endsWith('data') ? Math.min(part, limit ?? part) : part;
}
