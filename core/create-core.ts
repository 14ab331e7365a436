// The composition root: opens the lab, makes every feature with what it needs, serves them as the contract says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBlobs, sweepBlobs } from './blobs/blobs.ts';
import { type Activities, createActivities } from './catalog/activities.ts';
import { openCatalog } from './catalog/catalog.ts';
import { createChanges } from './catalog/changes.ts';
import { lockLab } from './catalog/lab-lock.ts';
import { createComparisons } from './comparisons/comparisons.ts';
import type { Outcome } from './contract/comparisons.ts';
import { CoreError } from './contract/errors.ts';
import type { Handlers } from './contract/handlers.ts';
import type { PromptTemplate } from './contract/reward.ts';
import { createDatasets } from './datasets/datasets.ts';
import { createDemo } from './demo/demo.ts';
import { createEvals } from './evals/evals.ts';
import * as statistics from './evals/statistics.ts';
import { createHosts } from './hosts/hosts.ts';
import { createInference, defaultThreads } from './inference/inference.ts';
import { uuidV7 } from './jobs/identity.ts';
import { createJobs } from './jobs/jobs.ts';
import { findPreset } from './jobs/presets.ts';
import { createLab } from './lab/lab.ts';
import { createLengths } from './lab/lengths.ts';
import { createLog } from './lab/log.ts';
import {
  type LabPlaces,
  labFolder,
  labPlaces,
  programFolder,
  resourcesFolder,
  rewardBundle,
  samplePlaces,
} from './lab/places.ts';
import { unpackSample } from './lab/sample.ts';
import { addShippedBase, importShipped } from './lab/shipped.ts';
import { createTinyLoop } from './lab/tiny-loop.ts';
import { createModels } from './models/models.ts';
import { promptTemplates } from './rewards/prompt-template.ts';
import { compileSuite } from './rewards/suite.ts';
import { findSuite } from './rewards/suites/shipped.ts';
import { type CoreRouter, createRouter } from './rpc/serve.ts';
import { createSettings } from './settings/settings.ts';
import { labExecutor } from './suites/lab-executor.ts';
import { rewardServerCommand } from './suites/reward-server-command.ts';
import { createSuites } from './suites/suites.ts';

export interface Core {
  folder: string;
  router: CoreRouter;
  activities: Activities;
  /** When what the runs did while no core was there is known, as far as their hosts answer. */
  caughtUp(): Promise<void>;
  /** Ends evaluations where they are, lets runs go on, closes the catalog. */
  close(): Promise<void>;
}

export interface CoreOptions {
  /** The lab's folder; the user's data folder when absent. */
  lab?: string | undefined;
  /** Start a new lab from the recorded sample. */
  sample?: boolean;
  /** Go on with evaluations and demos that an earlier core left unfinished. Runs are always followed. */
  resume?: boolean;
}

/** Throws CoreError `busy` (another core holds the lab), `too-new`, `damaged` or `disk`. */
export async function createCore(options: CoreOptions): Promise<Core> {
  const places = labPlaces(labFolder(options.lab));
  const unlock = lockLab(places.folder);
  try {
    if (options.sample) unpackSample(samplePlaces, places);
    return await open(places, unlock, options.resume ?? false);
  } catch (error) {
    unlock();
    throw error;
  }
}

async function open(places: LabPlaces, unlock: () => void, resume: boolean): Promise<Core> {
  const log = createLog(places.logs);
  const now = Date.now;
  const catalog = openCatalog(places.catalog);
  const blobs = openBlobs(places.blobs);
  await sweepBlobs(blobs);
  const changes = createChanges();
  const activities = createActivities(changes);
  const shared = { catalog, blobs, changes, activities, now };

  const settings = createSettings(shared);
  const datasets = createDatasets({
    ...shared,
    template,
    importShipped: (name) => importShipped(name, places.folder),
  });
  const executor = labExecutor(rewardBundle);
  const suites = createSuites({
    ...shared,
    settings: settings.current,
    bundlePath: rewardBundle,
    rowById: datasets.rowById,
    executor,
  });
  const hosts = createHosts({ catalog, labFolder: places.folder, resourcesFolder, now });
  const inference = createInference();
  const threads = () => settings.current().threads ?? defaultThreads();
  const models = createModels({
    ...shared,
    inference,
    threads,
    folder: places.models,
    log: (error) => log('warn', 'models', { error: String(error) }),
  });
  const evals = createEvals({
    ...shared,
    inference,
    threads,
    loadable: models.loadable,
    resolveSource: datasets.resolveSource,
    rowIds: datasets.rowIds,
    rowById: datasets.rowById,
    scorer: suites.forEvaluation,
    template,
  });
  const comparisons = createComparisons({ catalog, rowById: datasets.rowById, statistics });
  const jobs = createJobs({
    ...shared,
    hosts,
    labFolder: places.folder,
    resourcesFolder,
    shipped: {
      base: (id) => addShippedBase(id, places.folder),
      source: (text) => importShipped(text, places.folder),
    },
    resolveSource: datasets.resolveSource,
    freeze: datasets.freeze,
    freezeTexts: datasets.freezeTexts,
    countTexts: datasets.countTexts,
    sharedRows: datasets.sharedRows,
    rowKinds: datasets.rowKinds,
    ...createLengths({ inference, models, datasets }),
    resolveBase: models.resolveBase,
    base: models.base,
    start: models.start,
    geometry: models.geometry,
    suite: suites.forRun,
    template,
    proportion: statistics.proportion,
    rewardServerCommand: () => rewardServerCommand(rewardBundle),
    onArtifact: models.arrive,
  });
  const tiny = createTinyLoop({
    models: async () => models.list({}, outside),
    addModel: async (path) => models.add({ path }, outside),
    sources: async () => datasets.list({}, outside),
    importRows: async (from, split) => datasets.import({ from, split, adapter: 'rows' }, outside),
  });
  const demo = createDemo({
    ...shared,
    reportFolder: places.reports,
    prepare: tiny.prepare,
    newId: () => uuidV7(now()),
    evaluate: async (input) => evals.startNow(demoEvaluation(input)),
    evaluationEnded: async (id, signal) => evals.wait({ id }, { signal }),
    pauseEvaluation: async (id) => evals.pause({ id }, outside),
    answers: async (id) => {
      const { rangeOf } = compileSuite(findSuite(demoPreset().suite));
      const { done } = await evals.get({ id }, outside);
      const { completions } = await evals.completions({ id, offset: 0, limit: done }, outside);
      return completions.map(({ rowId, domain, verdict, strict, total, question }) => {
        if (total === null)
          throw new CoreError(
            'conflict',
            `The answer to ${rowId} ("${question}") has no score in the evaluation ${id}, so that the checkpoints cannot be compared. Why: \`npx forethought evals completions ${id} --verdict error\``,
            { id, rowId },
          );
        const score = total / rangeOf(datasets.rowById(rowId)).max;
        return { rowId, domain, strict, right: verdict === 'correct', score };
      });
    },
    launch: async ({ trainSourceId, traces, ...input }) =>
      jobs.launchNow({ preset: demoPreset().id, sources: [trainSourceId], data: traces, ...input }),
    endedByRule: async (id) => {
      const { stages } = await jobs.milestones({ id }, outside);
      return stages.findLast(({ startedAt }) => startedAt !== null)?.reason === 'stop-rule';
    },
    adapters: async (jobId) =>
      (await jobs.artifacts({ id: jobId }, outside)).filter(({ kind }) => kind === 'lora-adapter'),
    statistics,
    run: async (id) => jobs.get({ id }, outside),
    runEnded: async (id, signal) => jobs.wait({ id }, { signal }),
    stopRun: async (id) => jobs.stop({ id }, outside),
    compare: async (left, right) => comparisons.pair({ left, right }, outside),
    examples: async (left, right) => {
      const some = async (outcome: Outcome, limit: number) =>
        (await comparisons.rows({ left, right, outcome, offset: 0, limit }, outside)).rows;
      const others = [...(await some('lost', 1)), ...(await some('both-right', 1))];
      return [...(await some('gained', 3 - others.length)), ...others];
    },
    curves: async (id) => jobs.metrics({ id }, outside),
  });
  const lab = createLab({
    ...shared,
    folder: places.folder,
    version: programVersion(),
    trainer: () => readiness(hosts),
  });
  const handlers: Handlers = {
    lab,
    datasets,
    rewards: suites,
    hosts,
    jobs,
    models,
    evals,
    comparisons,
    demo,
    settings,
  };

  jobs.start();
  if (resume) {
    evals.resumeInterrupted();
    demo.resumeInterrupted();
  }
  log('info', 'core opened', { lab: places.folder, version: programVersion() });
  return {
    folder: places.folder,
    router: createRouter(handlers, log),
    activities,
    caughtUp: jobs.caughtUp,
    close: async () => {
      activities.close();
      await demo.close();
      await evals.close();
      await jobs.close();
      await inference.close();
      await executor.close();
      catalog.close();
      unlock();
    },
  };
}

/** A call that no caller can cancel. */
const outside = { signal: undefined };

function template(id: string): PromptTemplate {
  const found = promptTemplates.find((t) => t.id === id);
  if (found) return found;
  const known = promptTemplates.map((t) => t.id).join(', ');
  throw new CoreError('not-found', `There is no prompt template "${id}". Known: ${known}.`);
}

/** The recipe on the embedded model, which the demo runs. */
function demoPreset() {
  const preset = findPreset(join(resourcesFolder, 'presets'), 'recipe-tiny');
  const grpo = preset.kind === 'program' ? preset.settings.stages.find(({ kind }) => kind === 'grpo') : null;
  if (grpo?.kind !== 'grpo' || preset.suite === null)
    throw new CoreError('damaged', `The preset ${preset.id} does not train by rewards.`);
  return { ...preset, suite: preset.suite, maxTokens: grpo.rollout.maxCompletionTokens };
}

/** Asked as in training, with completions as long, but greedily. */
function demoEvaluation<T>(input: T) {
  const { suite, template, maxTokens } = demoPreset();
  return { ...input, suite, template, maxTokens, temperature: 0, seed: 1 };
}

async function readiness(hosts: ReturnType<typeof createHosts>) {
  const found = await hosts.trainer('local');
  return { ready: found.ready, detail: found.detail, fix: found.fix };
}

function programVersion(): string {
  const text = readFileSync(join(programFolder, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
