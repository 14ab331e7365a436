// Step: the npm packages of the lock file, exactly. Also links `forethought`, so that `npx forethought` works in the clone.
import { existsSync, lstatSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { inRoot, rootFolder } from './paths.mjs';
import { capture, lastLines } from './processes.mjs';
import { SetupError } from './step.mjs';

const title = 'Node packages';
const link = inRoot('node_modules', '.bin', 'forethought');

/** @type {import('./step.mjs').Step} */
export const nodePackages = {
  id: 'node-packages',
  title,
  need: () => 'must',
  check() {
    const wrong = differences();
    const finding = { id: 'node-packages', title, fix: 'npm run setup' };
    if (wrong === null) return { ...finding, state: 'missing', detail: 'not installed' };
    if (wrong.length > 0) {
      const detail = `${wrong.length} differ from package-lock.json, first ${wrong[0]}`;
      return { ...finding, state: 'out of date', detail };
    }
    if (!isLinked()) return { ...finding, state: 'broken', detail: 'the command forethought is not linked' };
    return { ...finding, state: 'ok', detail: 'as in package-lock.json', fix: null };
  },
  async make({ say }) {
    if (differences()?.length !== 0) await install(say);
    linkCommand();
  },
};

/**
 * Install scripts stay off, whatever npm's version: the only one that is needed (of the package `node`) is a step of its own.
 * @param {(line: string) => void} say
 */
async function install(say) {
  say('npm ci: about 600 packages, 1.2 GB on disk');
  const npm = () =>
    capture('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: rootFolder });
  let outcome = await npm();
  if (outcome.code !== 0 && !outcome.missing) {
    say('npm ci failed once, trying again');
    outcome = await npm();
  }
  if (outcome.code === 0) return;
  const why = outcome.missing ? 'npm is not on the PATH.' : lastLines(outcome.output);
  throw new SetupError(
    'The npm packages could not be installed.',
    why,
    'Check that the npm registry can be reached (npm ping) and that the disk has 2 GB free, then run the command again.',
  );
}

/**
 * Names of packages that are not installed as the lock file says; null where nothing is installed.
 * npm writes node_modules/.package-lock.json as the last act of an install, so it is the witness.
 * @returns {string[] | null}
 */
function differences() {
  const witness = inRoot('node_modules', '.package-lock.json');
  if (!existsSync(witness)) return null;
  const wanted = readPackages(inRoot('package-lock.json'));
  const installed = readPackages(witness);
  const wrong = [];
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue;
    const there = installed[path];
    if (there === undefined) {
      if (!entry.optional) wrong.push(nameOf(path));
    } else if (there.version !== entry.version || !existsSync(inRoot(path, 'package.json')))
      wrong.push(nameOf(path));
  }
  return wrong;
}

/**
 * @param {string} path
 * @returns {Record<string, { version?: string, optional?: boolean }>}
 */
function readPackages(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages;
}

/** @param {string} path */
function nameOf(path) {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

function isLinked() {
  return existsSync(process.platform === 'win32' ? `${link}.cmd` : link);
}

function linkCommand() {
  if (process.platform === 'win32') {
    writeFileSync(`${link}.cmd`, '@node "%~dp0\\..\\..\\resources\\setup\\forethought.mjs" %*\r\n');
    return;
  }
  if (lstatSync(link, { throwIfNoEntry: false })) rmSync(link);
  symlinkSync('../../resources/setup/forethought.mjs', link);
}
