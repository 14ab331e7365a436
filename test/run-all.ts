// What `npm test` runs after the setup: every runner in turn, whatever fails before it; the last line sums them all up.
// `npm test -- unit types` runs only the named ones.
import { mkdirSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { rootFolder, trainerFolder } from '../resources/setup/paths.mjs';
import { trainerPython } from '../resources/setup/python-environment.mjs';
import { withDisplay } from '../resources/setup/with-display.mjs';
import { junitCounts, vitestCounts } from './run-all/counts.ts';
import { type Result, type Runner, run } from './run-all/runner.ts';

const results = join(rootFolder, 'test', '.results');
const node = process.execPath;
// Tools that start `node` by name get this Node, not the system's.
process.env['PATH'] = join(rootFolder, 'node_modules', '.bin') + delimiter + process.env['PATH'];
const inPackages = (...parts: string[]): string => join(rootFolder, 'node_modules', ...parts);

function tool(name: string, command: Runner['command'], cwd = rootFolder): Runner {
  return { name, cwd, command };
}

function vitest(project: string, needsDisplay = false): Runner {
  const report = join(results, `${project}.json`);
  const args = [
    ...[inPackages('vitest', 'vitest.mjs'), 'run', '--project', project, '--passWithNoTests'],
    ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
  ];
  const command = needsDisplay ? withDisplay(node, args) : ([node, args] as const);
  return {
    name: project,
    cwd: rootFolder,
    command: [command[0], ...command[1]],
    count: () => vitestCounts(report),
  };
}

function pytest(): Runner {
  const report = join(results, 'pytest.xml');
  return {
    name: 'trainer',
    cwd: trainerFolder,
    command: [trainerPython(), '-m', 'pytest', `--junitxml=${report}`],
    count: () => junitCounts(report),
  };
}

/** The three programs of the sources: Node, the window, the tests. */
const typeConfigs = ['tsconfig.json', 'renderer/tsconfig.json', 'test/tsconfig.json'];

const runners: Runner[] = [
  tool('format and lint', [inPackages('.bin', 'biome'), 'check', '--error-on-warnings']),
  ...typeConfigs.map((config) => tool(`types (${config})`, [inPackages('.bin', 'tsc'), '-p', config])),
  tool('dead code', [node, inPackages('knip', 'bin', 'knip.js'), '--no-config-hints']),
  vitest('unit'),
  tool('trainer format', [trainerPython(), '-m', 'ruff', 'format', '--check', '.'], trainerFolder),
  tool('trainer lint', [trainerPython(), '-m', 'ruff', 'check', '.'], trainerFolder),
  tool(
    'trainer types',
    [node, inPackages('pyright', 'index.js'), '--pythonpath', trainerPython()],
    trainerFolder,
  ),
  pytest(),
  vitest('faults'),
  vitest('e2e', true),
];

rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !runners.some((runner) => runner.name.includes(name)));
if (unknown !== undefined) {
  console.error(`No runner is called "${unknown}". There are: ${runners.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
const chosen = runners.filter(
  ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
);

const all: Result[] = [];
for (const runner of chosen) all.push(await run(runner));
summarise(all);

function summarise(all: readonly Result[]): void {
  const notes = all.flatMap(({ notes }) => notes);
  console.log(`\n── all ──\n${notes.join('\n')}${notes.length > 0 ? '\n\n' : ''}`);
  for (const { name, passed, failed, skipped, seconds } of all) {
    const counts = `${passed} passed, ${failed} failed, ${skipped} skipped`;
    console.log(`${name.padEnd(32)} ${counts.padEnd(42)} ${seconds.toFixed(1)} s`);
  }
  const sum = (key: 'passed' | 'failed' | 'skipped') => all.reduce((total, result) => total + result[key], 0);
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
  process.exitCode = sum('failed') === 0 ? 0 : 1;
}
