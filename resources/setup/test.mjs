// npm test [-- arguments of test/run-all.ts]: sets up, then runs all tests on Node 24.
import { inRoot, node24Path, rootFolder } from './paths.mjs';
import { handOver } from './processes.mjs';
import { runSetup } from './run-setup.mjs';

if (await runSetup('test')) {
  const args = [inRoot('test', 'run-all.ts'), ...process.argv.slice(2)];
  process.exitCode = await handOver(node24Path, args, { cwd: rootFolder });
} else {
  console.log('0 passed, 1 failed, 0 skipped');
  process.exitCode = 1;
}
