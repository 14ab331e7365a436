// `npm run proof:mbpp`: every gold program of MBPP, in both configurations, passes its own tests in the sandbox.
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { mbppGolds } from '../fixtures/mbpp.ts';
import { buildRewardBundle, sandboxExecutor } from '../fixtures/sandbox.ts';
import { withoutSharedData } from '../fixtures/shared-data.ts';

const golds = [...(mbppGolds('full') ?? []), ...(mbppGolds('sanitized') ?? [])];
if (golds.length === 0) {
  console.log(`skipped: ${withoutSharedData}`);
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), 'forethought-proof-'));
const executor = sandboxExecutor(buildRewardBundle(folder), {
  workers: availableParallelism(),
  // The processor time is what holds a right program to its limit; the clock runs on while other work has the processor.
  limits: { timeMs: 300_000 },
});
const started = performance.now();
const wrong: string[] = [];
let slowest = { id: '', ms: 0 };
let assertions = 0;
for (let i = 0; i < golds.length; i += 50) {
  const batch = golds.slice(i, i + 50);
  const reports = await executor.run(batch);
  for (const [k, report] of reports.entries()) {
    assertions += report.passed;
    if (report.ms > slowest.ms) slowest = { id: batch[k]!.id, ms: report.ms };
    if (report.outcome !== 'passed')
      wrong.push(`${batch[k]!.id}: ${report.outcome} ${JSON.stringify(report.failing)}`);
  }
  const seconds = (performance.now() - started) / 1000;
  process.stderr.write(
    `\r${i + batch.length} of ${golds.length}, ${((i + batch.length) / seconds).toFixed(1)} a second `,
  );
}
await executor.close();
rmSync(folder, { recursive: true });
const seconds = (performance.now() - started) / 1000;
console.log(
  `\n${golds.length - wrong.length} of ${golds.length} golds pass their own tests (${assertions} assertions) in ${seconds.toFixed(0)} s`,
);
console.log(`slowest: ${slowest.id}, ${slowest.ms} ms`);
for (const line of wrong) console.log(line);
process.exitCode = wrong.length > 0 ? 1 : 0;
