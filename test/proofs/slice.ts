// `npm run proof:slice`: two processes that run one job compute what one computes, and end together. The proof is the trainer's.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { trainerFolder } from '../../resources/setup/paths.mjs';
import { trainerPython } from '../../resources/setup/python-environment.mjs';

const proof = join(trainerFolder, 'tests', 'proof_slice.py');
process.exitCode = spawnSync(trainerPython(), [proof], { stdio: 'inherit' }).status ?? 1;
