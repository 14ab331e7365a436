// Reward suites over the border: what ships, and what one completion earns and why.
import { z } from 'zod';
import { command, Nothing, query } from './procedure.ts';
import { ScoreResult, Suite } from './reward.ts';

export const SuiteInfo = z.object({
  name: z.string(),
  version: z.int(),
  hash: z.string(),
  max: z.number(),
  min: z.number(),
  suite: Suite,
});
export type SuiteInfo = z.infer<typeof SuiteInfo>;

export const rewards = {
  suites: query('Reward suites with their identity', ['rewards']).input(Nothing).output(z.array(SuiteInfo)),
  score: command('Score one completion of a row', [], { positional: ['rowId'] })
    .input(
      z.object({
        rowId: z.string().describe('row whose question the completion answers'),
        completion: z.string().max(2_000_000).describe('what the model wrote'),
        suite: z
          .string()
          .default('think-first')
          .describe('reward suite; forethought rewards suites names them'),
        tokens: z
          .int()
          .min(0)
          .optional()
          .describe('its length in the model’s tokens; without it length earns nothing'),
        truncated: z.boolean().default(false).describe('it was cut at the token limit'),
      }),
    )
    .output(ScoreResult),
};
