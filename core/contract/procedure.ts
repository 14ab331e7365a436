// How a procedure is declared: kind, one-line summary, topics, and how the command line spells it. Used by every contract file.
import { oc } from '@orpc/contract';
import { z } from 'zod';

/** What a query reads and a command changes. A change of a topic makes every client drop its cached queries of that topic. */
export const Topic = z.enum([
  'lab',
  'activities',
  'datasets',
  'rewards',
  'jobs',
  'models',
  'evals',
  'demo',
  'settings',
]);
export type Topic = z.infer<typeof Topic>;

export interface ProcedureMeta {
  kind: 'query' | 'command' | 'stream';
  /** One sentence without a full stop: help text of the command line. */
  summary: string;
  /** Read by a query, changed by a command. */
  topics: readonly Topic[];
  /** Names of input fields that the command line takes by position, in order. */
  positional?: readonly string[];
  /** A verb of the same feature that the command line calls next with the `id` of the output, because leaving would end the work. */
  follow?: string;
  /** A verb of the same feature that the command line calls with the same `id` when a person leaves early; its answer says where the work stands. */
  leave?: string;
  /** True for the verb that the feature's name alone means on the command line. */
  unnamed?: boolean;
  /** True where the work that an earlier core left unfinished belongs to this command; any other leaves it for the window. */
  resumes?: boolean;
  /** Other names of input fields on the command line, for example `{ as: 'adapter' }`. */
  flags?: Readonly<Record<string, string>>;
}

/** The one typed error of the contract; `data.code` is a CoreErrorCode. */
const CoreFailure = z.object({ code: z.string(), detail: z.record(z.string(), z.unknown()) });

const base = oc
  .$meta<ProcedureMeta>({ kind: 'query', summary: '', topics: [] })
  .errors({ CORE: { status: 422, data: CoreFailure } });

type Spelling = Omit<ProcedureMeta, 'kind' | 'summary' | 'topics'>;

export const query = (summary: string, topics: readonly Topic[], spelling: Spelling = {}) =>
  base.meta({ kind: 'query', summary, topics, ...spelling });

export const command = (summary: string, topics: readonly Topic[], spelling: Spelling = {}) =>
  base.meta({ kind: 'command', summary, topics, ...spelling });

export const stream = (summary: string, topics: readonly Topic[], spelling: Spelling = {}) =>
  base.meta({ kind: 'stream', summary, topics, ...spelling });

export const Nothing = z.object({}).default({});

/** A share with its 95 % Wilson interval; `n` is always shown beside it. */
export const Proportion = z.object({
  count: z.int(),
  n: z.int(),
  share: z.number(),
  low: z.number(),
  high: z.number(),
});
export type Proportion = z.infer<typeof Proportion>;

export const Page = {
  offset: z.int().min(0).default(0).describe('how many to leave out from the start'),
  limit: z.int().min(1).max(500).default(100).describe('how many to show at most'),
};
