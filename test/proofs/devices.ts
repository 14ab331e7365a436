// `npm run proof:devices`: the trainer's own stages on eight simulated devices compute what they compute on one. The proof is the trainer's.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { trainerFolder } from '../../resources/setup/paths.mjs';
import { trainerPython } from '../../resources/setup/python-environment.mjs';

const proof = join(trainerFolder, 'tests', 'proof_devices.py');
process.exitCode = spawnSync(trainerPython(), [proof], { stdio: 'inherit' }).status ?? 1;
