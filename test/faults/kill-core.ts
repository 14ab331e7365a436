// Kills the core with -9 at random moments while a real run goes on, and compares at the end what it has taken in with what the
// trainer wrote: `node test/faults/kill-core.ts [--kills 20] [--steps 60] [--seed 1] [--base DIR] [--lab DIR]`.
// Last line: JSON. Exit code 1 when anything differs or the trainer was started twice.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openCatalog } from '../../core/catalog/catalog.ts';
import { type Client, createClient } from '../../core/rpc/client.ts';
import { createPortEnd } from '../../core/rpc/ports.ts';
import { warningsOf, whatTheCatalogSays } from '../fixtures/catalog-of-run.ts';
import { whatTheFilesSay } from '../fixtures/play-lab.ts';

const repository = resolve(import.meta.dirname, '../..');
const over = new Set(['DONE', 'FAILED', 'STOPPED', 'EXPIRED', 'LOST']);

export interface KillOptions {
  lab: string;
  kills: number;
  steps: number;
  seed: number;
  /** Folder of the base and of its questions (tasks/train.jsonl). */
  base: string;
  /** How long a core may live, at random between the two. */
  aliveMs: [number, number];
  env?: NodeJS.ProcessEnv;
  say(line: string): void;
}

export interface KillReport {
  state: string;
  kills: number;
  /** Kills while the trainer was alive. */
  killsMidRun: number;
  launches: number;
  /** Processes that said `start` in the run's log. */
  starts: number;
  events: number;
  metrics: number;
  rollouts: number;
  equal: boolean;
  warnings: string[];
  /** From the start of a core until it has taken in what was in the log at that moment; the slowest. */
  slowestCatchUpMs: number;
}

export async function killCore(options: KillOptions): Promise<KillReport> {
  await prepare(options);
  let jobId = '';
  let killsMidRun = 0;
  let slowestCatchUpMs = 0;
  for (let kill = 1; kill <= options.kills; kill++) {
    const core = await startCore(options);
    const found = (await core.client.jobs.list({}))[0];
    // Not awaited: a launch may be cut anywhere. A run that was never committed is asked for again.
    if (!found) void launch(core.client, options).catch(() => {});
    else {
      jobId = found.id;
      slowestCatchUpMs = Math.max(slowestCatchUpMs, await caughtUp(core, jobId));
    }
    const [least, most] = options.aliveMs;
    await sleep(least + Math.random() ** 2 * (most - least));
    const midRun = jobId !== '' && !existsSync(join(options.lab, 'host/jobs', jobId, 'exit.json'));
    await core.kill();
    if (midRun) killsMidRun += 1;
    options.say(`kill ${kill}: ${found ? `${found.state}, step ${found.step}` : 'launching'}`);
  }
  const core = await startCore(options);
  const found = (await core.client.jobs.list({}))[0];
  jobId = found?.id ?? (await launch(core.client, options)).id;
  const job = await core.client.jobs.wait({ id: jobId });
  const { launches } = await core.client.jobs.get({ id: jobId });
  await core.close();
  return {
    ...compare(options.lab, jobId),
    state: job.state,
    kills: options.kills,
    killsMidRun,
    launches,
    slowestCatchUpMs: Math.round(slowestCatchUpMs),
  };
}

function launch(client: Client, { seed, steps }: KillOptions): Promise<{ id: string }> {
  return client.jobs.launch({ preset: 'think-first-tiny', seed, steps });
}

async function prepare(options: KillOptions): Promise<void> {
  // A lab that is there already gets no recorded sample, whose run would be taken for ours.
  openCatalog(join(options.lab, 'catalog.db')).close();
  const core = await startCore(options);
  await core.client.models.add({ path: options.base });
  const from = join(options.base, 'tasks/train.jsonl');
  await core.client.datasets.import({ from, adapter: 'rows', split: 'train' });
  await core.close();
}

interface RunningCore {
  client: Client;
  startedAt: number;
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** The core as the desktop app starts it, with one connection. */
async function startCore(options: KillOptions): Promise<RunningCore> {
  const startedAt = performance.now();
  const child = fork(join(repository, 'core/main.ts'), ['--lab', options.lab], {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const end = createPortEnd((data) => {
    if (child.connected) child.send({ t: 'data', port: 1, data }, () => {});
  });
  await new Promise<void>((ready, failed) => {
    child.on('message', (message: { t: string; data?: string; message?: string }) => {
      if (message.t === 'ready') ready();
      if (message.t === 'fatal') failed(new Error(message.message));
      if (message.t === 'data') end.deliver(message.data ?? '');
    });
    child.on('exit', (code) => failed(new Error(`the core ended with code ${code}`)));
  });
  child.send({ t: 'open', port: 1 });
  const leave = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await exited;
    end.close();
  };
  return {
    client: createClient(end.port),
    startedAt,
    kill: () => leave('SIGKILL'),
    close: () => leave('SIGTERM'),
  };
}

/** Milliseconds since the core began until it knows every step that the log had when it was ready. */
async function caughtUp(core: RunningCore, id: string): Promise<number> {
  const { folder } = await core.client.jobs.get({ id });
  const log = join(folder, 'events.jsonl');
  const wanted = existsSync(log) ? lastStep(readFileSync(log, 'utf8')) : 0;
  for (;;) {
    const { step, state } = await core.client.jobs.get({ id });
    if (step >= wanted || over.has(state)) return performance.now() - core.startedAt;
    await sleep(20);
  }
}

function lastStep(log: string): number {
  const steps = [...log.matchAll(/"kind":"metrics","step":(\d+)/g)];
  return Number(steps.at(-1)?.[1] ?? 0);
}

function compare(lab: string, id: string) {
  const catalog = openCatalog(join(lab, 'catalog.db'));
  const folder = join(lab, 'host/jobs', id);
  const files = whatTheFilesSay(folder);
  const taken = whatTheCatalogSays(catalog, id);
  const warnings = warningsOf(catalog, id).map(({ code, message }) => `${code}: ${message}`);
  catalog.close();
  const log = readFileSync(join(folder, 'events.jsonl'), 'utf8');
  return {
    starts: log.split('\n').filter((line) => line.includes('"kind":"start"')).length,
    events: files.seqs.length,
    metrics: files.metrics.length,
    rollouts: files.rollouts.length,
    equal: JSON.stringify(files) === JSON.stringify(taken),
    warnings,
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '20' },
      steps: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
      base: { type: 'string', default: join(repository, 'resources/models/tiny') },
      lab: { type: 'string' },
    },
  });
  const lab = values.lab ?? mkdtempSync(join(tmpdir(), 'forethought-kills-'));
  const report = await killCore({
    lab,
    kills: Number(values.kills),
    steps: Number(values.steps),
    seed: Number(values.seed),
    base: values.base,
    aliveMs: [200, 8000],
    say: (line) => console.error(line),
  });
  if (!values.lab) rmSync(lab, { recursive: true, force: true });
  console.log(JSON.stringify({ fault: 'kill-core', ...report }));
  process.exitCode = report.equal && report.launches === 1 && report.starts === 1 ? 0 : 1;
}
