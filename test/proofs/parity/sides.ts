// The three engines of the parity proof, each a process that answers one request: the trainer's own model (Tunix), torch with PEFT, and
// llama.cpp. What each computes is written as raw float32 logits and greedy texts; figures.ts compares them.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inCache, trainerFolder } from '../../../resources/setup/paths.mjs';
import { trainerPython } from '../../../resources/setup/python-environment.mjs';

/** What all engines are asked about. */
export interface Questions {
  /** Token ids, BOS first. `all`: logits at every position are compared; `last`: at the end of each sequence. */
  sequences: number[][];
  positions: 'all' | 'last';
  /** What the sequences were cut from, without BOS. */
  texts: string[];
  /** For greedy completions. */
  prompts: string[];
  maxTokens: number;
  endTokens: number[];
}

interface Variant {
  name: string;
  /** Whether it answers the prompts, too. */
  greedy: boolean;
}

export interface TunixVariant extends Variant {
  /** Folder or GGUF. */
  base: string;
  /** Folders of adapters that are merged while it is loaded. */
  merged: string[];
  /** Folder of the adapter that stays one, or null. */
  lora: string | null;
}

export interface TorchVariant extends Variant {
  /** Folder of Hugging Face files. */
  base: string;
  /** Active together. */
  adapters: string[];
}

export interface LlamaVariant extends Variant {
  /** GGUF. */
  model: string;
  /** GGUF LoRA files in the order in which they are stacked. */
  adapters: string[];
}

/** Files that the trainer's own code makes before it computes. */
export type Make =
  | {
      kind: 'random';
      base: string;
      rank: number;
      alpha: number;
      scale: number;
      seed: number;
      sharedA: boolean;
      out: string;
    }
  | { kind: 'merge'; base: string; adapters: string[]; out: string }
  | { kind: 'join'; adapters: string[]; out: string }
  | { kind: 'gguf'; base: string; out: string }
  | { kind: 'gguf-lora'; base: string; adapter: string; out: string };

/** `float32`: keys and values kept whole and no flash attention, so that what differs is not rounding. `app`: as the app runs models. */
export type LlamaPrecision = 'float32' | 'app';

export interface LlamaRequest extends Questions {
  variants: LlamaVariant[];
  precision: LlamaPrecision;
  out: string;
}

const here = (file: string): string => join(import.meta.dirname, file);

export const askTunix = (
  questions: Questions,
  make: Make[],
  variants: TunixVariant[],
  out: string,
): Promise<void> =>
  ask(
    trainerPython(),
    here('tunix_side.py'),
    { ...questions, make, variants, out },
    {
      PYTHONPATH: trainerFolder,
      JAX_PLATFORMS: 'cpu',
      JAX_COMPILATION_CACHE_DIR: inCache('jax'),
      JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS: '0.5',
    },
  );

export const askTorch = (
  python: string,
  questions: Questions,
  variants: TorchVariant[],
  out: string,
): Promise<void> => ask(python, here('torch_side.py'), { ...questions, variants, out }, {});

export const askLlama = (
  questions: Questions,
  variants: LlamaVariant[],
  precision: LlamaPrecision,
  out: string,
): Promise<void> =>
  ask(
    process.execPath,
    here('llama-side.ts'),
    { ...questions, variants, precision, out } satisfies LlamaRequest,
    {},
  );

/** Runs a side to its end. Throws with its last words. */
function ask(
  program: string,
  script: string,
  request: Questions & { make?: Make[]; precision?: LlamaPrecision; variants: unknown[]; out: string },
  env: Record<string, string>,
): Promise<void> {
  const path = `${request.out}.json`;
  writeFileSync(path, JSON.stringify(request));
  return new Promise((resolve, reject) => {
    const child = spawn(program, [script, path], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...env },
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk).slice(-4000);
      if (process.env.PARITY_QUIET === undefined) process.stderr.write(chunk);
    });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${script} ended with ${code}:\n${said}`)),
    );
  });
}
