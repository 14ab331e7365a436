#!/usr/bin/env node
// The command `forethought`: answers `doctor` itself, so that it works with nothing installed, and hands the rest to the core on Node 24.
import { existsSync } from 'node:fs';
import { coreEnvironment, inRoot, node24Path } from './paths.mjs';
import { handOver } from './processes.mjs';

const args = process.argv.slice(2);
const words = args.filter((word, i) => !word.startsWith('-') && args[i - 1] !== '--lab');
if (words[0] === 'doctor' || (words[0] === 'help' && words[1] === 'doctor')) {
  const { doctor } = await import('./doctor.mjs');
  process.exitCode = await doctor(args);
} else if (!existsSync(node24Path)) {
  console.error(
    'Forethought is not set up yet: Node 24 is missing. Run `npm run setup` in the folder of the clone; `npx forethought doctor` says what else is missing.',
  );
  process.exitCode = 1;
} else
  process.exitCode = await handOver(node24Path, [inRoot('core', 'cli.ts'), ...args], {
    env: coreEnvironment(),
  });
