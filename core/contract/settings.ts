// The few things a person sets for this lab.
import { z } from 'zod';
import { command, Nothing, query } from './procedure.ts';

export const Settings = z.object({
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  /** Threads of the inference worker; null: one less than the cores (spinning threads on a busy machine are many times slower). */
  threads: z.int().min(1).max(256).nullable().default(null),
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
});

export const settings = {
  get: query('Settings of this lab', ['settings']).input(Nothing).output(Settings),
  set: command('Change settings of this lab', ['settings']).input(SettingsChange).output(Settings),
};
