// Answers the rows of one evaluation that have no answer yet, one after the other, each stored before the next begins. Called by evals.ts.
import type { Work } from '../catalog/activities.ts';
import { CoreError } from '../contract/errors.ts';
import type { PromptTemplate, ScoreResult } from '../contract/reward.ts';
import type { Row } from '../contract/row.ts';
import { renderPrompt, stopTexts, withFamily } from '../rewards/prompt-template.ts';
import type { EvalModel, EvalSession, EvalsDeps, SuiteScorer } from './deps.ts';
import {
  type EvalRecord,
  insertCompletion,
  type NewCompletion,
  type Pending,
  pendingRows,
} from './eval-rows.ts';

/** How a run ended when nothing failed. */
export type Ending = 'done' | 'paused';

interface Run {
  deps: EvalsDeps;
  record: EvalRecord;
  model: EvalModel;
  scorer: SuiteScorer;
  /** Aborted when the core closes: the answer in the making is dropped. */
  signal: AbortSignal;
}

interface Answer {
  text: string;
  tokens: number;
  truncated: boolean;
  ms: number;
}

/** Tokens that a prompt is expected to need; a longer one opens a larger context. */
const PROMPT_TOKENS = 768;
/** How often one row is tried when the process under it dies. */
const TRIES = 2;

/**
 * Runs to the end, or until `work` is stopped (`paused`) after the answer in the making. Throws what cannot be answered:
 * `damaged` or `internal` from inference (after one more try), `conflict` when the suite is not the one it began with.
 */
export async function runEvaluation(
  deps: EvalsDeps,
  record: EvalRecord,
  work: Work,
  signal: AbortSignal,
): Promise<Ending> {
  const model = deps.loadable(record.model_id, record.adapter_id);
  const scorer = await deps.scorer(record.suite_name);
  if (scorer.hash !== record.suite_hash)
    throw new CoreError(
      'conflict',
      `The reward suite "${record.suite_name}" has changed since "${record.name}" began: answers read in two ways cannot be added up. Start a new evaluation.`,
      { began: record.suite_hash, now: scorer.hash },
    );
  const pending = pendingRows(deps.catalog, record.id);
  const before = record.total - pending.length;
  work.phase(`${nameOf(model)} answers`, record.total);
  work.advance(before);
  const answering = new Answering({ deps, record, model, scorer, signal });
  try {
    for (const [i, row] of pending.entries()) {
      if (work.signal.aborted) return 'paused';
      const completion = await answering.answer(row);
      insertCompletion(deps.catalog, record.id, completion);
      deps.changes.announce('evals');
      if (completion.result.verdict === 'error') work.fail();
      work.advance(before + i + 1);
    }
    return 'done';
  } finally {
    await answering.close();
  }
}

/** "Base + adapter + adapter", from the bottom up. */
export const nameOf = (model: EvalModel): string =>
  [model, ...model.adapters].map((each) => each.name).join(' + ');

/** Holds the session of a run: opened when it is needed, anew after a crash, larger for a longer prompt. */
class Answering {
  readonly #run: Run;
  readonly #template: PromptTemplate;
  /** One list for all rows: rewards look into it once. */
  readonly #examples: readonly string[];
  #session: EvalSession | undefined;

  constructor(run: Run) {
    this.#run = run;
    this.#template = withFamily(run.deps.template(run.record.template), run.model.family);
    this.#examples = this.#template.examples.map((example) => example.completion);
  }

  async answer({ position, row_id }: Pending): Promise<NewCompletion> {
    const { deps, record, model, scorer, signal } = this.#run;
    const template = this.#template;
    const row = deps.rowById(row_id);
    let prompt: string;
    try {
      prompt = renderPrompt(template, row);
    } catch (error) {
      return await this.#unasked(position, row, error instanceof Error ? error.message : String(error));
    }
    const request = {
      prompt,
      maxTokens: record.settings.maxTokens,
      temperature: record.settings.temperature,
      // Its own draw for each row, whichever rows are answered in this sitting.
      seed: (record.settings.seed * 1_000_003 + position) >>> 0,
      stopTokens: model.stopTokens,
      stopTexts: stopTexts(template),
    };
    const answer = await this.#generate(request);
    if (typeof answer === 'string') return this.#unasked(position, row, answer);
    const { tokens, truncated } = answer;
    return {
      position,
      row,
      ...answer,
      result: await scorer.score(
        row,
        answer.text,
        { tokens, truncated, examples: this.#examples, prompt },
        signal,
      ),
    };
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.close();
  }

  /** The answer, or the sentence why this prompt cannot be asked. */
  async #generate(request: Parameters<EvalSession['generate']>[0]): Promise<Answer | string> {
    const { record, model, signal } = this.#run;
    let contextLength = Math.min(model.contextLength, PROMPT_TOKENS + record.settings.maxTokens);
    for (let tries = 1; ; ) {
      try {
        this.#session ??= await this.#open(contextLength);
        const { text, tokens, truncated, ms } = await this.#session.generate(request, signal);
        return { text, tokens, truncated, ms };
      } catch (error) {
        if (!(error instanceof CoreError)) throw error;
        const needed = error.detail.needed;
        if (error.code === 'bad-input' && typeof needed === 'number') {
          contextLength = Math.min(model.contextLength, needed + record.settings.maxTokens);
          if (needed > contextLength || contextLength <= (this.#session?.info.contextLength ?? 0))
            return `The prompt has ${needed - 1} tokens; ${model.name} holds ${model.contextLength} with the answer.`;
          await this.close();
        } else if (error.detail.crashed === true && tries < TRIES) {
          tries += 1;
          this.#session = undefined; // it died with the process
        } else throw error;
      }
    }
  }

  #open(contextLength: number): Promise<EvalSession> {
    const { model, record, signal, deps } = this.#run;
    return deps.inference.open(
      {
        modelPath: model.ggufPath,
        sha256: model.ggufSha256,
        adapters: model.adapters.map(({ path, sha256 }) => ({ path, scale: 1, sha256 })),
        contextLength,
        // As it began, also where the setting has changed since: the record says what it ran with.
        threads: record.settings.threads,
      },
      signal,
    );
  }

  /** A row that could not be asked: an error with its reason, never a wrong answer. */
  async #unasked(position: number, row: Row, message: string): Promise<NewCompletion> {
    const unasked = { tokens: 0, truncated: false, examples: this.#examples, prompt: null };
    const read = await this.#run.scorer.score(row, '', unasked);
    const result: ScoreResult = {
      ...read,
      verdict: 'error',
      total: null,
      error: { part: 'prompt', message },
    };
    return { position, row, text: '', tokens: 0, truncated: false, ms: 0, result };
  }
}
