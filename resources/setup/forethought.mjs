#!/usr/bin/env node
// The command `forethought`: answers `doctor` itself, so that it works with nothing installed, and hands the rest to the core on Node 24.
import { existsSync } from 'node:fs';
import { doctor } from './doctor.mjs';
import { inRoot, node24Path } from './paths.mjs';
import { handOver } from './processes.mjs';

const args = process.argv.slice(2);
if (args[0] === 'doctor') process.exitCode = await doctor(args.slice(1));
else if (!existsSync(node24Path)) {
  console.error(
    'Forethought is not set up yet: Node 24 is missing. Run `npm run setup` in the folder of the clone.',
  );
  process.exitCode = 1;
} else process.exitCode = await handOver(node24Path, [inRoot('core', 'cli.ts'), ...args]);
