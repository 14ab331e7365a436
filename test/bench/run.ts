// `npm run bench`: every bench in turn, each beside its peer in the same run. `npm run bench -- rows window` runs only those.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { trainerPython } from '../../resources/setup/python-environment.mjs';
import { withDisplay } from '../../resources/setup/with-display.mjs';

const node = process.execPath;
const here = import.meta.dirname;
const benches: Record<string, readonly [string, readonly string[]]> = {
  rows: [node, [join(here, 'rows.ts')]],
  rollouts: [node, [join(here, 'rollouts.ts')]],
  ingest: [node, [join(here, 'ingest.ts')]],
  window: withDisplay(node, [join(here, 'window.ts')]),
  sandbox: [node, [join(here, 'sandbox.ts')]],
  rewards: [node, [join(here, 'rewards.ts')]],
  'reward-share': [node, [join(here, 'reward-share.ts')]],
  inference: [node, [join(here, 'inference.ts')]],
  merge: [node, [join(here, 'merge.ts')]],
  trainer: [trainerPython(), [join(here, 'trainer_overhead.py')]],
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in benches));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}. There are: ${Object.keys(benches).join(', ')}.`);
  process.exit(2);
}
let failed = 0;
for (const [name, [command, args]] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n${name}`);
  const run = spawnSync(command, args, { stdio: 'inherit' });
  if (run.status !== 0) failed += 1;
}
process.exitCode = failed > 0 ? 1 : 0;
