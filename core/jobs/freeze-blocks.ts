// Freezes the rows that a run needs into the blobs, each block as the data of a field of its spec. Called by launch.ts.
import { CoreError } from '../contract/errors.ts';
import type { Data } from '../contract/job-spec.ts';
import type { Block, QuestionBlock } from './blocks.ts';
import type { FrozenRows, JobsDeps, RunHost } from './deps.ts';
import { dataPath } from './stage.ts';

/** By field. Throws as freezing does; then some of it may be in the blobs, where nobody looks for it. */
export async function freezeBlocks(
  deps: JobsDeps,
  host: RunHost,
  template: string,
  blocks: readonly Block[],
  limit: number | undefined,
): Promise<Map<string, Data>> {
  const data = new Map<string, Data>();
  for (const block of blocks) {
    const frozen = await freeze(deps, template, block, limit);
    data.set(block.field, {
      snapshot: frozen.sha256,
      path: dataPath(host, frozen.sha256),
      sha256: frozen.sha256,
      count: frozen.count,
      sources: block.kind === 'questions' ? drawn(block, frozen) : null,
    });
  }
  return data;
}

async function freeze(
  deps: JobsDeps,
  template: string,
  block: Block,
  limit: number | undefined,
): Promise<FrozenRows> {
  const { aside } = block;
  if (block.kind === 'texts')
    return await deps.freezeTexts({ file: block.file, kind: block.texts, template, aside });
  return await deps.freeze({
    sourceIds: block.sources.map(({ source }) => source.id),
    template,
    purpose: block.purpose,
    aside,
    limit: block.field.endsWith('data') ? limit : undefined,
  });
}

/** How many rows of each data set the trainer draws by its seed; null where it takes all. */
function drawn({ sources, aside }: QuestionBlock, frozen: FrozenRows): Record<string, number> | null {
  if (aside?.part === 'aside' || sources.every(({ count }) => count === null)) return null;
  const wanted: Record<string, number> = {};
  for (const { source, count } of sources)
    wanted[source.dataset] = (wanted[source.dataset] ?? 0) + (count ?? source.rowCount);
  for (const [dataset, count] of Object.entries(wanted)) {
    const there = frozen.datasets[dataset];
    if (there === undefined)
      throw new CoreError(
        'bad-input',
        `The rows of ${dataset} call their data set ${Object.keys(frozen.datasets).join(', ')}: they cannot be counted by source. Leave the count out.`,
      );
    wanted[dataset] = Math.min(count, there); // fewer where some were set aside
  }
  return wanted;
}
