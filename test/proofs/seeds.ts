// `npm run proof:seeds`: the demo with five seeds, each in a lab of its own. Fails when one does not beat its base at p < 0.001 with 95 % format.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aligned } from '../../core/command-line/layout.ts';
import { DemoResult } from '../../core/contract/demo.ts';

const seeds = process.argv.slice(2).map(Number);
const rows: string[][] = [['seed', 'before', 'after', 'format', 'gained', 'lost', 'n', 'p', 'seconds']];
let failed = 0;
for (const seed of seeds.length > 0 ? seeds : [1, 2, 3, 4, 5]) {
  const { comparison: c, pValue, seconds } = runDemo(seed);
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  if (
    !(
      pValue < 0.001 &&
      c.right.accuracy.share > c.left.accuracy.share &&
      c.right.format.share >= 0.95 &&
      c.n >= 300
    )
  )
    failed += 1;
  rows.push([
    String(seed),
    percent(c.left.accuracy.share),
    percent(c.right.accuracy.share),
    percent(c.right.format.share),
    String(c.gained),
    String(c.lost),
    String(c.n),
    pValue.toExponential(1),
    seconds.toFixed(0),
  ]);
}
console.log(aligned(rows));
console.log(
  `${rows.length - 1 - failed} of ${rows.length - 1} seeds hold: p < 0.001, format >= 95 %, n >= 300`,
);
process.exitCode = failed > 0 ? 1 : 0;

function runDemo(seed: number): DemoResult {
  const lab = mkdtempSync(join(tmpdir(), `forethought-seed-${seed}-`));
  try {
    const run = spawnSync(
      process.execPath,
      ['core/cli.ts', 'demo', '--lab', lab, '--seed', String(seed), '--json'],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
        maxBuffer: 64 * 1024 * 1024,
      },
    );
    if (run.status !== 0)
      throw new Error(`the demo with seed ${seed} ended with ${run.status}: ${run.stdout.slice(-2000)}`);
    return DemoResult.parse(JSON.parse(run.stdout));
  } finally {
    rmSync(lab, { recursive: true, force: true });
  }
}
