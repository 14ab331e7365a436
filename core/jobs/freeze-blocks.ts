// Freezes the rows that a run needs into the blobs, each block as the data of a field of its spec. Called by launch.ts.
import { CoreError } from '../contract/errors.ts';
import type { Data } from '../contract/job-spec.ts';
import type { Block } from './blocks.ts';
import type { FrozenRows, JobsDeps, Keep, RunHost, TokenCounter } from './deps.ts';
import { fitting, limitOf } from './lengths.ts';
import { dataPath } from './stage.ts';

/** By field. Throws as freezing does; then some of it may be in the blobs, where nobody looks for it. */
export async function freezeBlocks(
  deps: JobsDeps,
  host: RunHost,
  blocks: readonly Block[],
  how: HowToFreeze,
): Promise<Map<string, Data>> {
  const data = new Map<string, Data>();
  const counter = how.tooLong === 'leave-out' ? await deps.tokenCounter(how.baseId) : null;
  try {
    for (const block of blocks) data.set(block.field, await dataOf(deps, host, block, how, counter));
  } finally {
    await counter?.close();
  }
  return data;
}

export interface HowToFreeze {
  template: string;
  /** Whose tokens count. */
  baseId: string;
  tooLong: 'refuse' | 'leave-out';
  /** Train on so many rows only. */
  rows: number | undefined;
}

async function dataOf(
  deps: JobsDeps,
  host: RunHost,
  block: Block,
  how: HowToFreeze,
  counter: TokenCounter | null,
): Promise<Data> {
  const limit = counter && limitOf(block);
  const keep: Keep | undefined = limit ? (lines) => fitting(counter, limit, lines) : undefined;
  const frozen = await freeze(deps, block, how, keep);
  return {
    snapshot: frozen.sha256,
    path: dataPath(host, frozen.sha256),
    sha256: frozen.sha256,
    count: frozen.count,
    sources: drawn(block, frozen),
  };
}

async function freeze(
  deps: JobsDeps,
  block: Block,
  { template, rows }: HowToFreeze,
  keep: Keep | undefined,
): Promise<FrozenRows> {
  const { aside } = block;
  if (block.kind === 'texts')
    return await deps.freezeTexts({ file: block.file, kind: block.texts, template, aside, keep });
  return await deps.freeze({
    sourceIds: block.sources.map(({ source }) => source.id),
    template,
    purpose: block.purpose,
    aside,
    keep,
    limit: block.field.endsWith('data') ? rows : undefined,
  });
}

/** How many rows of each data set the trainer draws by its seed; null where it takes all. */
function drawn({ counts, aside }: Block, { datasets }: FrozenRows): Record<string, number> | null {
  if (counts === null || aside?.part === 'aside') return null;
  const wanted: Record<string, number> = {};
  for (const [dataset, count] of Object.entries(counts)) {
    const there = datasets[dataset];
    if (there === undefined)
      throw new CoreError(
        'bad-input',
        `No row of ${dataset} is left; there are rows of ${Object.keys(datasets).join(', ')}. Leave the counts out, or name other questions.`,
      );
    wanted[dataset] = Math.min(count, there); // fewer where some were set aside or are too long
  }
  return wanted;
}
