// The few things a person sets for this lab.
import { z } from 'zod';
import { command, Nothing, query } from './procedure.ts';

export const Settings = z.object({
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  /** Threads of the inference worker; null: one less than the cores (spinning threads on a busy machine are many times slower). */
  threads: z.int().min(1).max(256).nullable().default(null),
  /** OpenAI-compatible endpoint that judges rubric items; null: they are not judged. Its key is FORETHOUGHT_JUDGE_KEY of the environment. */
  judgeUrl: z.url().nullable().default(null),
  judgeModel: z.string().nullable().default(null),
  /** Calls to the judge that one piece of work may make. */
  judgeCalls: z.int().min(1).default(1000),
});
export type Settings = z.infer<typeof Settings>;

/** Only what changes; without defaults, so that an absent field stays as it is. */
const SettingsChange = z.object({
  theme: z.enum(['system', 'light', 'dark']).optional().describe('colours of the window'),
  threads: z
    .int()
    .min(1)
    .max(256)
    .nullable()
    .optional()
    .describe('threads that answer evaluations; none: one less than the cores'),
  judgeUrl: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .optional()
    .describe(
      'OpenAI-compatible endpoint that judges rubric items, ending in /v1; its key is read from FORETHOUGHT_JUDGE_KEY',
    ),
  judgeModel: z.string().min(1).max(200).nullable().optional().describe('model of that endpoint'),
  judgeCalls: z
    .int()
    .min(1)
    .max(10_000_000)
    .optional()
    .describe('calls to the judge that one piece of work may make (default: 1000)'),
});

export const settings = {
  get: query('Settings of this lab', ['settings']).input(Nothing).output(Settings),
  set: command('Change settings of this lab', ['settings']).input(SettingsChange).output(Settings),
};
