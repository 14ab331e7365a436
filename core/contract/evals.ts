// Evaluations: a model answers held-out questions on this machine and the reward suite reads every completion.
import { z } from 'zod';
import { command, Nothing, Page, Proportion, query } from './procedure.ts';
import { ScoreResult, Verdict } from './reward.ts';
import { Row } from './row.ts';

export const EvalState = z.enum(['running', 'paused', 'done', 'failed']);

export const Evaluation = z.object({
  id: z.string(),
  name: z.string(),
  modelId: z.string(),
  adapterId: z.string().nullable(),
  sourceId: z.string(),
  template: z.string(),
  suite: z.object({ name: z.string(), hash: z.string() }),
  state: EvalState,
  error: z.string().nullable(),
  done: z.int(),
  total: z.int(),
  accuracy: Proportion.nullable(),
  /** Completions in the strict form. */
  format: Proportion.nullable(),
  /** Completions cut at the token limit. */
  truncated: Proportion.nullable(),
  meanTokens: z.number().nullable(),
  tokensPerSecond: z.number().nullable(),
  meanTotal: z.number().nullable(),
  settings: z.object({
    maxTokens: z.int(),
    temperature: z.number(),
    seed: z.int(),
    threads: z.int(),
  }),
  byDomain: z.array(z.object({ domain: z.string(), accuracy: Proportion, format: Proportion })),
  createdAt: z.number(),
  endedAt: z.number().nullable(),
  recorded: z.boolean(),
});
export type Evaluation = z.infer<typeof Evaluation>;

export const StoredCompletion = z.object({
  runId: z.string(),
  index: z.int(),
  rowId: z.string(),
  question: z.string(),
  domain: z.string(),
  gold: z.string().nullable(),
  text: z.string(),
  tokens: z.int(),
  truncated: z.boolean(),
  verdict: Verdict,
  strict: z.boolean(),
  total: z.number().nullable(),
  answer: z.string().nullable(),
  ms: z.number(),
});
export type StoredCompletion = z.infer<typeof StoredCompletion>;

const ById = z.object({ id: z.string().describe('id of the evaluation') });

export const evals = {
  start: command('Evaluate a model, with or without an adapter, on rows of a source', ['evals', 'lab'], {
    positional: ['modelId'],
    follow: 'wait',
    leave: 'pause',
  })
    .input(
      z.object({
        modelId: z.string().describe('base model that answers'),
        adapterId: z.string().optional().describe('adapter on top of it; without one the base answers alone'),
        sourceId: z.string().describe('source id, or dataset name with split: gsm8k:test'),
        limit: z
          .int()
          .min(1)
          .max(1_000_000)
          .optional()
          .describe('how many rows, taken in a seeded order (default: all)'),
        template: z.string().optional().describe('prompt template (default: the one of the model)'),
        suite: z.string().default('think-first').describe('reward suite that reads every completion'),
        maxTokens: z
          .int()
          .min(1)
          .max(8192)
          .default(256)
          .describe('length of a completion at most, in tokens'),
        temperature: z
          .number()
          .min(0)
          .max(4)
          .default(0)
          .describe('0 takes the likeliest token every time, higher draws more freely'),
        seed: z.int().min(0).default(1).describe('seed of the order of rows and of the draws'),
        name: z.string().max(120).optional().describe('its name in lists (default: model and source)'),
      }),
    )
    .output(ById),
  /** Waits for the end; the command line uses it. */
  wait: query('Wait until an evaluation ends', ['evals'], {
    positional: ['id'],
    resumes: true,
    leave: 'pause',
  })
    .input(ById)
    .output(Evaluation),
  pause: command('Pause an evaluation after the current completion', ['evals'], { positional: ['id'] })
    .input(ById)
    .output(Evaluation),
  resume: command('Go on with a paused or failed evaluation', ['evals'], {
    positional: ['id'],
    follow: 'wait',
    leave: 'pause',
    resumes: true,
  })
    .input(ById)
    .output(Evaluation),
  list: query('Evaluations, newest first', ['evals']).input(Nothing).output(z.array(Evaluation)),
  get: query('One evaluation', ['evals'], { positional: ['id'] })
    .input(ById)
    .output(Evaluation),
  completions: query('Completions of an evaluation', ['evals'], { positional: ['id'] })
    .input(
      ById.extend({
        verdict: Verdict.optional().describe('only completions that were judged so'),
        domain: z.string().optional().describe('only rows of this domain, for example math'),
        search: z.string().optional().describe('only completions that hold this text'),
        ...Page,
      }),
    )
    .output(z.object({ completions: z.array(StoredCompletion), total: z.int() })),
  completion: query('One completion with its prompt and how it was read', ['evals'], {
    positional: ['id', 'index'],
  })
    .input(ById.extend({ index: z.int().min(0).describe('its number in the evaluation, from 0') }))
    .output(StoredCompletion.extend({ prompt: z.string(), row: Row, result: ScoreResult })),
};
