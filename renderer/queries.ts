// Data of the window: typed hooks over the contract. Queries are cached by procedure and input and dropped by topic; nothing refreshes by hand.
import type { InferContractRouterInputs, InferContractRouterOutputs } from '@orpc/contract';
import {
  keepPreviousData,
  QueryClient,
  useQuery as useCachedQuery,
  useMutation,
  useQueries,
} from '@tanstack/react-query';
import { useRef } from 'react';
import { type Contract, contract } from '../core/contract/index.ts';
import type { ProcedureMeta, Topic } from '../core/contract/procedure.ts';
import type { Client } from '../core/rpc/client.ts';
import { CoreGone, callCore, onConnect } from './core.ts';

type Inputs = InferContractRouterInputs<Contract>;
type Outputs = InferContractRouterOutputs<Contract>;

/** "feature.verb" of every procedure of the contract. */
export type Path = {
  [F in keyof Contract & string]: `${F}.${keyof Contract[F] & string}`;
}[keyof Contract & string];

type At<T, P extends Path> = P extends `${infer F}.${infer V}`
  ? F extends keyof T
    ? V extends keyof T[F]
      ? T[F][V]
      : never
    : never
  : never;

export type Input<P extends Path> = At<Inputs, P>;
export type Output<P extends Path> = At<Outputs, P>;

/** Kind and topics of a procedure, read from the contract. */
export function metaOf(path: Path): ProcedureMeta {
  const [feature, verb] = path.split('.') as [keyof Contract, string];
  const procedure = (contract[feature] as Record<string, { '~orpc': { meta: ProcedureMeta } }>)[verb];
  if (!procedure) throw new Error(`The contract has no procedure ${path}.`);
  return procedure['~orpc'].meta;
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 120_000,
      retry: false,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      networkMode: 'always',
    },
    mutations: { retry: false, networkMode: 'always' },
  },
});

/** True when the cached answer of `path` may have changed with one of these topics. */
export function dependsOn(path: Path, topics: readonly Topic[]): boolean {
  return metaOf(path).topics.some((topic) => topics.includes(topic));
}

function invalidate(topics: readonly Topic[]): Promise<void> {
  return queryClient.invalidateQueries({
    predicate: (query) => dependsOn(query.queryKey[0] as Path, topics),
  });
}

/** Changes come in bursts while a run trains; one refresh per quarter of a second is enough for a person. */
const BATCH_MS = 250;

/** Called once by main.tsx: drops cached answers when the core says that a topic changed, and all of them at a new connection. */
export function followChanges(): void {
  let first = true;
  let pending = new Set<Topic>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    timer = undefined;
    const topics = [...pending];
    pending = new Set();
    void invalidate(topics);
  };
  onConnect(async (client, gone) => {
    if (!first) void queryClient.invalidateQueries();
    first = false;
    try {
      for await (const { topics } of await client.lab.changes({}, { signal: gone })) {
        for (const topic of topics) pending.add(topic);
        if (timer === undefined) timer = setTimeout(flush, BATCH_MS);
      }
    } catch (error) {
      // The stream hears of a closed port before the connection does.
      await new Promise((resolve) => setTimeout(resolve));
      if (!gone.aborted) console.error('The stream of changes ended:', error);
    }
  });
}

async function ask<P extends Path>(path: P, input: Input<P>, signal?: AbortSignal): Promise<Output<P>> {
  const [feature, verb] = path.split('.') as [keyof Client, string];
  return callCore((client, either) => {
    const procedure = (client[feature] as unknown as Record<string, AnyProcedure>)[verb];
    if (!procedure) throw new Error(`The contract has no procedure ${path}.`);
    return procedure(input, { signal: either }) as Promise<Output<P>>;
  }, signal);
}

type AnyProcedure = (input: unknown, options: { signal: AbortSignal }) => Promise<unknown>;

/** A query survives a restart of the core: it waits for the new one and asks again. */
async function askUntilAnswered<P extends Path>(path: P, input: Input<P>, signal: AbortSignal) {
  for (;;) {
    try {
      return await ask(path, input, signal);
    } catch (error) {
      if (!(error instanceof CoreGone)) throw error;
    }
  }
}

function queryOptions<P extends Path>(path: P, input: Input<P>) {
  return {
    queryKey: [path, input] as const,
    queryFn: ({ signal }: { signal: AbortSignal }) => askUntilAnswered(path, input, signal),
  };
}

interface QueryChoice {
  enabled?: boolean;
  /** Keep showing the answer to the previous input until the new one is here. */
  keep?: boolean;
}

/** The answer of a procedure, fresh by topic. Aborted when the last component that shows it goes away. */
export function useQuery<P extends Path>(path: P, input: Input<P>, choice: QueryChoice = {}) {
  return useCachedQuery({
    ...queryOptions(path, input),
    enabled: choice.enabled ?? true,
    ...(choice.keep ? { placeholderData: keepPreviousData } : {}),
  });
}

/** Puts an answer into the cache before it is needed. */
export function prefetch<P extends Path>(path: P, input: Input<P>): Promise<void> {
  return queryClient.prefetchQuery(queryOptions(path, input));
}

/** A procedure to be run by a person's act; its topics are dropped when it succeeds. */
export function useCommand<P extends Path>(path: P) {
  return useMutation({
    mutationFn: (input: Input<P>) => ask(path, input),
    onSuccess: () => invalidate(metaOf(path).topics),
  });
}

/** Runs a command outside of a component (palette, keys). */
export async function runCommand<P extends Path>(
  path: P,
  input: Input<P>,
  signal?: AbortSignal,
): Promise<Output<P>> {
  const answer = await ask(path, input, signal);
  void invalidate(metaOf(path).topics);
  return answer;
}

type PagedPath = {
  [P in Path]: Output<P> extends { total: number } ? P : never;
}[Path];

export interface Pages<Row> {
  /** Rows that match; of the last known filter while a new one is being counted. Null before the first answer. */
  total: number | null;
  at(index: number): Row | undefined;
  error: Error | null;
  loading: boolean;
  retry(): void;
}

const PAGE = 100;

/** A window of a long list: fetches the pages that cover `range` and keeps the ones already seen. */
export function usePages<P extends PagedPath, Row>(
  path: P,
  filter: Omit<Input<P>, 'offset' | 'limit'>,
  range: readonly [first: number, last: number],
  rowsOf: (answer: Output<P>) => readonly Row[],
): Pages<Row> {
  const first = Math.floor(Math.max(0, range[0]) / PAGE);
  const last = Math.floor(Math.max(0, range[1]) / PAGE);
  const pages = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const answers = useQueries({
    queries: pages.map((page) =>
      queryOptions(path, { ...filter, offset: page * PAGE, limit: PAGE } as Input<P>),
    ),
  });
  const known = useRef<number | null>(null);
  const total = answers.map((a) => a.data as { total: number } | undefined).find((d) => d)?.total;
  if (total !== undefined) known.current = total;
  return {
    total: total ?? known.current,
    at: (index) => {
      const answer = answers[Math.floor(index / PAGE) - first]?.data as Output<P> | undefined;
      return answer === undefined ? undefined : rowsOf(answer)[index % PAGE];
    },
    error: answers.find((a) => a.error)?.error ?? null,
    loading: answers.some((a) => a.isPending),
    retry: () => {
      for (const answer of answers) if (answer.error) void answer.refetch();
    },
  };
}
