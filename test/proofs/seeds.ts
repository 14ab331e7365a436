// `npm run proof:seeds`: the whole recipe with five seeds, each in a lab of its own. A seed holds when GRPO lifts right answers at p < 0.001 with
// 95 % strict format, and SFT with the guard loses no right answers beyond chance, in all or in a domain, while open tasks rise in each of
// their domains. What SFT does without it is shown.
//
//   npm run proof:seeds -- [1 2 3] [--labs FOLDER]
//
// --labs keeps the labs, to look into them; a demo that has ended in one of them is read, not run again.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { aligned } from '../../core/command-line/layout.ts';
import { type CheckpointId, type CheckpointScores, Demo, DemoResult } from '../../core/contract/demo.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { labs: { type: 'string' } },
});
const seeds = positionals.map(Number);
const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
const rows: string[][] = [
  ['seed', 'checkpoint', 'right', 'kept', 'p', 'open tasks', 'strict', 'best', 'seconds'],
];
const byDomain: string[] = [];
let held = 0;
let all = 0;
for (const seed of seeds.length > 0 ? seeds : [1, 2, 3, 4, 5]) {
  all += 1;
  const result = demoOf(seed);
  if (result === null) {
    rows.push([String(seed), 'failed']);
    continue;
  }
  const { checkpoints, best, seconds } = result;
  if (holds(checkpoints)) held += 1;
  for (const { id, name, right, kept, open, format } of checkpoints)
    rows.push([
      ...[id === 'base' ? String(seed) : '', name, percent(right.share)],
      ...(kept ? [`+${kept.gained} -${kept.lost}`, kept.pValue.toExponential(1)] : ['', '']),
      ...[open ? percent(open.mean) : '', percent(format.share), id === best.id ? 'best' : ''],
      id === 'base' ? seconds.toFixed(0) : '',
    ]);
  byDomain.push(`   ${seed}  ${domainsOf(checkpoints.find(({ id }) => id === 'guarded')).join(' · ')}`);
}
console.log(aligned(rows));
console.log(['', 'seed  guarded, against GRPO, by domain', ...byDomain, ''].join('\n'));
console.log(
  `${held} of ${all} seeds hold: GRPO p < 0.001 with format >= 95 %, guarded SFT loses nothing in all or in a domain at p < 0.05 (Holm), and open tasks rise in each of their domains`,
);
process.exitCode = held === all ? 0 : 1;

/** A checkpoint that left no adapter holds nothing. */
function holds(checkpoints: readonly CheckpointScores[]): boolean {
  const find = (id: CheckpointId) => checkpoints.find((each) => each.id === id);
  const [grpo, guarded] = [find('grpo'), find('guarded')];
  if (!grpo || !guarded) return false;
  const taught = (grpo.kept?.pValue ?? 1) < 0.001 && grpo.kept!.gained > grpo.kept!.lost;
  const strict = grpo.format.share >= 0.95 && guarded.format.share >= 0.95;
  const rises = guarded.openByDomain.every(({ change }) => (change?.low ?? -1) > 0);
  return taught && strict && !guarded.forgot && rises && guarded.openByDomain.length > 0;
}

/** What it lost in each domain, and what it gained on open tasks. */
function domainsOf(guarded: CheckpointScores | undefined): string[] {
  if (!guarded?.kept) return ['left no adapter'];
  return [
    ...guarded.kept.byDomain.map(
      ({ domain, gained, lost, pValue }) => `${domain} +${gained} -${lost}, p ${pValue.toFixed(2)}`,
    ),
    ...guarded.openByDomain.map(({ domain, score, change }) =>
      change
        ? `${domain} +${percent(change.value)} (${percent(change.low)} to ${percent(change.high)})`
        : `${domain} ${percent(score.mean)}`,
    ),
  ];
}

/** Runs the demo, or reads what it found where a kept lab has its end. Null when it failed, which it has said. */
function demoOf(seed: number): DemoResult | null {
  const lab = values.labs
    ? join(values.labs, `seed-${seed}`)
    : mkdtempSync(join(tmpdir(), `forethought-seed-${seed}-`));
  try {
    const known = values.labs && existsSync(lab) ? forethought(lab, 'demo', 'latest') : null;
    const latest = known === null ? null : Demo.nullable().parse(JSON.parse(known));
    const said =
      latest?.state === 'done' && latest.seed === seed
        ? forethought(lab, 'demo', 'result', latest.id)
        : forethought(lab, 'demo', '--seed', String(seed));
    return said === null ? null : DemoResult.parse(JSON.parse(said));
  } finally {
    if (!values.labs) rmSync(lab, { recursive: true, force: true });
  }
}

/** What it printed; null when it ended with an error. */
function forethought(lab: string, ...words: string[]): string | null {
  const run = spawnSync(process.execPath, ['core/cli.ts', ...words, '--lab', lab, '--json'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 1024 * 1024,
  });
  if (run.status === 0) return run.stdout;
  console.error(`forethought ${words.join(' ')} ended with ${run.status}: ${run.stdout.slice(-2000)}`);
  return null;
}
