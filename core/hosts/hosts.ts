// The feature `hosts`: which machines can train, and whether they are ready. create-core makes it and hands its hosts to the runs.
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import { sql } from '../catalog/sql.ts';
import type { Handlers } from '../contract/handlers.ts';
import type { Platform } from '../contract/job-blocks.ts';
import type { Host } from './host.ts';
import { createLocalHost } from './local.ts';
import { cacheFolder, findTrainerPython, type TrainerPython } from './python.ts';

export interface HostsDeps {
  catalog: Catalog;
  labFolder: string;
  /** The program's own resources/. */
  resourcesFolder: string;
  now: () => number;
  env?: Readonly<Record<string, string | undefined>>;
}

export interface HostsService {
  /** Throws nothing: an unknown id gives undefined. */
  host(id: string): Host | undefined;
  /** Whether a run can start there, with the interpreter or with what is missing and how to get it. */
  trainer(id: string): Promise<TrainerPython>;
  /** What JAX computes on there, how many devices it finds of it by itself, and the memory of the machine. */
  facts(id: string): { platform: Platform; devices: number; memoryBytes: number | null };
  /** Where the compiler keeps what it compiled, shared by all labs of this user. */
  compileCacheFolder: string;
}

/** An answer of "ready" is asked for again after this time, one of "not ready" sooner: a person may just be fixing it. */
const freshMs = { ready: 60_000, notReady: 3_000 };

export function createHosts(deps: HostsDeps): Handlers['hosts'] & HostsService {
  const local = createLocalHost(join(deps.labFolder, 'host'));
  const env = deps.env ?? process.env;
  let answer: { at: number; trainer: TrainerPython } | undefined;
  let asking: Promise<TrainerPython> | undefined;
  const trainer = async () => {
    const age = answer ? deps.now() - answer.at : Number.POSITIVE_INFINITY;
    if (answer && age < (answer.trainer.ready ? freshMs.ready : freshMs.notReady)) return answer.trainer;
    asking ??= findTrainerPython({ trainerFolder: join(deps.resourcesFolder, 'trainer'), env });
    try {
      answer = { at: deps.now(), trainer: await asking };
    } finally {
      asking = undefined;
    }
    return answer.trainer;
  };
  return {
    host: (id) => (id === local.id ? local : undefined),
    trainer,
    // A run here computes on the processor, which is one device to JAX.
    facts: (id) => ({ platform: 'cpu', devices: 1, memoryBytes: id === local.id ? totalmem() : null }),
    compileCacheFolder: join(cacheFolder(env), 'jax'),
    list: async () => {
      const found = await trainer();
      return [
        {
          id: local.id,
          name: local.name,
          kind: local.kind,
          state: found.ready ? ('ready' as const) : ('not-ready' as const),
          detail: found.detail,
          fix: found.fix,
          running: runningOn(deps.catalog, local.id),
        },
      ];
    },
  };
}

function runningOn(catalog: Catalog, host: string): string[] {
  return catalog
    .all(
      z.object({ id: z.string() }),
      sql`SELECT id FROM jobs WHERE host = ${host} AND recorded = 0 AND state IN ('STAGING', 'LAUNCHING', 'RUNNING', 'STOPPING', 'SYNCING') ORDER BY created_at`,
    )
    .map((row) => row.id);
}
