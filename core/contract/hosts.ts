// Machines that can train. This version knows one: the machine the lab runs on.
import { z } from 'zod';
import { Nothing, query } from './procedure.ts';

export const HostInfo = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['local']),
  state: z.enum(['ready', 'not-ready']),
  detail: z.string(),
  fix: z.string().nullable(),
  running: z.array(z.string()),
});
export type HostInfo = z.infer<typeof HostInfo>;

export const hosts = {
  list: query('Machines that can train, and whether they are ready', ['jobs'])
    .input(Nothing)
    .output(z.array(HostInfo)),
};
