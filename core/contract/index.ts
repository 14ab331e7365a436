// The whole contract: what the window, the command line and the tests may ask of the core. The only barrel of the project.
import { comparisons } from './comparisons.ts';
import { datasets } from './datasets.ts';
import { demo } from './demo.ts';
import { evals } from './evals.ts';
import { hosts } from './hosts.ts';
import { jobs } from './jobs.ts';
import { lab } from './lab.ts';
import { models } from './models.ts';
import { rewards } from './rewards.ts';
import { settings } from './settings.ts';

export const contract = { lab, datasets, rewards, hosts, jobs, models, evals, comparisons, demo, settings };
export type Contract = typeof contract;
