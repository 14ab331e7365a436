// Evaluations: started, queued one at a time, paused, resumed after whatever happened to the core. Served by create-core.
import { randomUUID } from 'node:crypto';
import type { Work } from '../catalog/activities.ts';
import { sql } from '../catalog/sql.ts';
import { CoreError } from '../contract/errors.ts';
import type { Evaluation } from '../contract/evals.ts';
import type { Handlers } from '../contract/handlers.ts';
import type { Row } from '../contract/row.ts';
import { renderPrompt, withFamily } from '../rewards/prompt-template.ts';
import type { EvalsDeps } from './deps.ts';
import {
  completionAt,
  type EvalRecord,
  evalById,
  findEvals,
  insertEval,
  listCompletions,
  setState,
  shownCompletion,
  summarise,
} from './eval-rows.ts';
import { nameOf, runEvaluation } from './run-evaluation.ts';

export interface EvalsExtras {
  /** Goes on with what a previous core left running. */
  resumeInterrupted(): void;
  /** Drops the answer in the making; the next core goes on with what is unfinished. */
  close(): Promise<void>;
  /** Like `start`; with an `id` made by the caller, a second call starts nothing and returns the evaluation that is there. */
  startNow(input: StartInput & { id?: string }): Promise<{ id: string }>;
}

type StartInput = Parameters<Handlers['evals']['start']>[0];

export function createEvals(deps: EvalsDeps): Handlers['evals'] & EvalsExtras {
  const active = new Map<string, Work>();
  const waiting = new Map<string, Set<() => void>>();
  /** Numbers of evaluations that are over do not change any more. */
  const finished = new Map<string, Evaluation>();
  /** Failures that a full disk did not let in: told from here until the evaluation goes on, in this core or the next. */
  const unwritten = new Map<string, string>();
  const closing = new AbortController();
  let queue: Promise<void> = Promise.resolve();
  let current: string | null = null;

  const shown = (records: EvalRecord[]): Evaluation[] => {
    const fresh = summarise(
      deps.catalog,
      records.filter((record) => !finished.has(record.id)),
    );
    for (const evaluation of fresh) if (evaluation.state === 'done') finished.set(evaluation.id, evaluation);
    const byId = new Map(fresh.map((evaluation) => [evaluation.id, evaluation]));
    return records.map((record) => {
      const error = unwritten.get(record.id);
      const evaluation = (byId.get(record.id) ?? finished.get(record.id))!;
      if (error !== undefined) return { ...evaluation, state: 'failed', error };
      // An earlier core was killed and this one was not told to go on: nobody works on it.
      const isLeft = evaluation.state === 'running' && !active.has(record.id);
      return isLeft ? { ...evaluation, state: 'paused' } : evaluation;
    });
  };
  const get = (id: string): Evaluation => shown([evalById(deps.catalog, id)])[0]!;
  const wakeAll = (id: string): void => {
    for (const wake of waiting.get(id) ?? []) wake();
  };
  const tell = (id: string): void => {
    deps.changes.announce('evals', 'lab');
    wakeAll(id);
  };

  const run = async (id: string, work: Work): Promise<void> => {
    if (closing.signal.aborted) return;
    current = id;
    try {
      const ending = work.signal.aborted
        ? 'paused'
        : await runEvaluation(deps, evalById(deps.catalog, id), work, closing.signal);
      // A core that closes leaves it running: the next one goes on.
      if (ending === 'paused' && closing.signal.aborted) return;
      setState(deps.catalog, id, ending, { error: null, endedAt: ending === 'done' ? deps.now() : null });
    } catch (error) {
      if (closing.signal.aborted) return;
      const reason = error instanceof Error ? error.message : String(error);
      try {
        setState(deps.catalog, id, 'failed', { error: reason, endedAt: deps.now() });
      } catch {
        unwritten.set(id, reason);
      }
    }
  };

  const enqueue = (record: EvalRecord): void => {
    const work = deps.activities.begin({
      kind: 'evaluation',
      title: record.name,
      about: { feature: 'evals', id: record.id },
    });
    work.phase('waits for its turn', record.total);
    active.set(record.id, work);
    // One at a time: two models in one machine's memory and cores would slow each other down.
    queue = queue.then(async () => {
      // Paused while it waited: another entry of the queue may be its own by now.
      if (active.get(record.id) === work) await run(record.id, work);
      leave(record.id, work);
    });
  };
  const leave = (id: string, work: Work): void => {
    if (active.get(id) !== work) return;
    if (current === id) current = null;
    active.delete(id);
    work.end();
    tell(id);
  };

  const changed = (id: string, signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve) => {
      const listeners = waiting.get(id) ?? new Set();
      waiting.set(id, listeners);
      const wake = () => {
        listeners.delete(wake);
        if (listeners.size === 0) waiting.delete(id);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      listeners.add(wake);
      signal?.addEventListener('abort', wake);
    });

  const isThere = (id: string) => findEvals(deps.catalog, sql`id = ${id}`).length > 0;
  const startNow = async ({ id = randomUUID(), ...input }: StartInput & { id?: string }) => {
    if (isThere(id)) return { id };
    const { record, rowIds } = await plan(deps, id, input);
    if (isThere(id)) return { id }; // another call was faster
    insertEval(deps.catalog, record, rowIds);
    enqueue(record);
    tell(id);
    return { id };
  };

  return {
    start: startNow,
    startNow,
    wait: async ({ id }, { signal }) => {
      while (get(id).state === 'running') {
        if (signal?.aborted || closing.signal.aborted)
          throw new CoreError('cancelled', 'Stopped waiting. The evaluation goes on.', { id });
        await changed(id, signal);
      }
      return get(id);
    },
    pause: async ({ id }) => {
      const work = active.get(id);
      if (!work) return get(id);
      if (current === id) {
        const over = changed(id, undefined);
        deps.activities.cancel(work.id);
        await over;
      } else {
        setState(deps.catalog, id, 'paused', { error: null, endedAt: null });
        leave(id, work);
      }
      return get(id);
    },
    resume: ({ id }) => {
      const record = evalById(deps.catalog, id);
      if (record.state === 'done')
        throw new CoreError('conflict', `"${record.name}" is done: every row has its answer.`, { id });
      if (!active.has(id)) {
        setState(deps.catalog, id, 'running', { error: null, endedAt: null });
        unwritten.delete(id);
        enqueue(record);
        tell(id);
      }
      return get(id);
    },
    list: () => shown(findEvals(deps.catalog, sql`TRUE`)),
    get: ({ id }) => get(id),
    completions: ({ id, ...filter }) => {
      evalById(deps.catalog, id);
      const { completions, total } = listCompletions(deps.catalog, id, filter);
      return { completions: completions.map((c) => shownCompletion(c, rowOrNull(deps, c.row_id))), total };
    },
    completion: ({ id, index }) => {
      const record = evalById(deps.catalog, id);
      const completion = completionAt(deps.catalog, id, index);
      const row = deps.rowById(completion.row_id);
      const prompt = promptOf(deps, record, row);
      return { ...shownCompletion(completion, row), prompt, row, result: completion.result };
    },
    resumeInterrupted: () => {
      for (const record of findEvals(deps.catalog, sql`state = 'running'`).reverse()) enqueue(record);
    },
    close: async () => {
      closing.abort(new CoreError('cancelled', 'The core is closing.'));
      for (const id of waiting.keys()) wakeAll(id);
      await queue;
    },
  };
}

/** Everything that is fixed before the first answer: model, rows in their order, template, suite, settings. */
async function plan(
  deps: EvalsDeps,
  id: string,
  input: StartInput,
): Promise<{ record: EvalRecord; rowIds: string[] }> {
  const adapterId = input.adapterId ?? null;
  const model = deps.loadable(input.modelId, adapterId);
  const source = deps.resolveSource(input.sourceId);
  const template = input.template ?? model.template;
  deps.template(template);
  const suite = await deps.scorer(input.suite);
  const rowIds = await deps.rowIds(source.id, { limit: input.limit, seed: input.seed });
  if (rowIds.length === 0)
    throw new CoreError('bad-input', `sourceId: "${input.sourceId}" holds no rows.`, { sourceId: source.id });
  if (input.maxTokens >= model.contextLength)
    throw new CoreError(
      'bad-input',
      `maxTokens: ${model.name} holds ${model.contextLength} tokens with the prompt; ${input.maxTokens} leave no room for one.`,
    );
  const record: EvalRecord = {
    id,
    name: input.name ?? `${nameOf(model)} on ${source.dataset} ${source.split}`,
    model_id: model.modelId,
    adapter_id: adapterId,
    source_id: source.id,
    template,
    suite_name: suite.name,
    suite_hash: suite.hash,
    settings: {
      maxTokens: input.maxTokens,
      temperature: input.temperature,
      seed: input.seed,
      threads: deps.threads(),
    },
    state: 'running',
    error: null,
    total: rowIds.length,
    recorded: false,
    created_at: deps.now(),
    ended_at: null,
  };
  return { record, rowIds };
}

/** A row whose source was removed: the completion is still shown, without its question. */
function rowOrNull(deps: EvalsDeps, id: string): Row | null {
  try {
    return deps.rowById(id);
  } catch (error) {
    if (error instanceof CoreError && error.code === 'not-found') return null;
    throw error;
  }
}

/** The prompt as it was asked; of a row that could not be asked, what would have been in it. */
function promptOf(deps: EvalsDeps, record: EvalRecord, row: Row): string {
  const { family } = deps.loadable(record.model_id, null);
  try {
    return renderPrompt(withFamily(deps.template(record.template), family), row);
  } catch {
    return row.question;
  }
}
