// The steps of the setup in the order in which they are made.
import { buildsStep } from './builds.mjs';
import { electron } from './electron.mjs';
import { nodeBinary } from './node-binary.mjs';
import { nodePackages } from './node-packages.mjs';
import { python } from './python.mjs';
import { systemPackages } from './system-packages.mjs';

/** @type {import('./step.mjs').Step[]} */
export const steps = [nodePackages, nodeBinary, systemPackages, electron, python, buildsStep];
