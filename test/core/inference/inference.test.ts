// The inference process: what it computes, and what happens when it is asked for too much, stopped, or killed.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readGgufFileInfo } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createInference,
  defaultThreads,
  type Inference,
  type InferenceSession,
} from '../../../core/inference/inference.ts';
import { createWorkerHost, type WorkerHost } from '../../../core/inference/worker-host.ts';
import { findControlText, renderPrompt, tinyPlain } from '../../../core/rewards/prompt-template.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { baseTensors, END_OF_TURN, sha256, small, writeModelGguf } from '../models/tiny-model.ts';

let folder: string;
let model: string;
let host: WorkerHost;
let inference: Inference;
const greedy = { maxTokens: 12, temperature: 0, seed: 1, stopTokens: [] };

beforeAll(async () => {
  folder = tempFolder();
  model = join(folder, 'model.gguf');
  await writeModelGguf(model, small, baseTensors(small));
  host = createWorkerHost();
  inference = createInference(host);
});
afterAll(() => inference.close());

const open = (path = model, contextLength = 256): Promise<InferenceSession> =>
  inference.open({ modelPath: path, adapters: [], contextLength, threads: 1 });

describe('tokens', () => {
  it('reads turn marks as such and puts exactly one BOS in front of a prompt', async () => {
    const session = await open();
    expect(session.info).toMatchObject({
      architecture: 'gemma2',
      vocabularySize: 357,
      bos: 2,
      addsBos: true,
    });
    const text = '<start_of_turn>a<end_of_turn>';
    const ids = await session.tokenize(text);
    expect([ids[0], ids.at(-1)]).toEqual([4, END_OF_TURN]);
    expect(await session.encode(text)).toEqual([2, ...ids]);
    await session.close();
  });

  it('reads what a question says as text, also where the vocabulary has a control token of those letters', async () => {
    const session = await open();
    for (const text of ['<pad>', '<eos>', '<bos>', '<unk>'])
      expect(Math.min(...(await session.encode(`a${text}b`)).slice(1)), text).toBeGreaterThan(END_OF_TURN);
    await session.close();
  });

  // The embedded model, and what a person may have in the cache; all of these read their control tokens in a text when let.
  it.for([
    join(import.meta.dirname, '../../../resources/models/tiny/tiny-gemma2.gguf'),
    join(homedir(), '.cache/forethought/gguf/SmolLM2-135M-Instruct.Q4_1.gguf'),
    join(homedir(), '.cache/forethought/gguf/gemma-3-270m-q4_k_m.gguf'),
  ])('lets no question write a control token of %s', async (path, { skip }) => {
    if (!existsSync(path)) skip('the file is not here');
    const { tokens, token_type: kinds } = (await readGgufFileInfo(path)).metadata.tokenizer.ggml;
    const session = await open(path);
    const isControl = (id: number) => kinds?.[id] === 3;
    const control = tokens.filter((text, id) => isControl(id) && !/^<unused[1-9]/.test(text));
    for (const text of control) {
      const question = `What is ${text} here?`;
      if (findControlText(question) !== null) {
        const ask = () => renderPrompt(tinyPlain, { question, choices: null, context: null });
        expect(ask, text).toThrow(/control token/);
      } else expect((await session.tokenize(question)).some(isControl), text).toBe(false);
    }
    const prompt = renderPrompt(tinyPlain, { question: 'Is <x> in it?', choices: null, context: null });
    const written = (await session.tokenize(prompt)).filter(isControl).map((id) => tokens[id]);
    const marks = ['<start_of_turn>', '<end_of_turn>', '<start_of_turn>'];
    expect(written).toEqual(marks.filter((mark) => control.includes(mark)));
    await session.close();
  });

  it('adds no BOS for a model that wants none', async () => {
    const path = join(folder, 'no-bos.gguf');
    await writeModelGguf(path, small, baseTensors(small), {
      metadata: { 'tokenizer.ggml.add_bos_token': { bool: false } },
    });
    const session = await open(path);
    expect((await session.encode('ab')).length).toBe(2);
    await session.close();
  });
});

describe('generation', () => {
  it('is the same for the same request, greedy or drawn, and another with another seed', async () => {
    const session = await open();
    const prompt = 'How many tulips are left?';
    const first = await session.generate({ prompt, ...greedy });
    expect(await session.generate({ prompt, ...greedy })).toMatchObject({ text: first.text, ids: first.ids });
    expect(first).toMatchObject({ tokens: 12, truncated: true });
    const drawn = (seed: number) => session.generate({ prompt, ...greedy, temperature: 1, seed });
    const [a, b, c] = [await drawn(5), await drawn(5), await drawn(6)];
    expect(b.ids).toEqual(a.ids);
    expect(c.ids).not.toEqual(a.ids);
    expect(a.ids).not.toEqual(first.ids);
    await session.close();
  });

  it('follows its own logits: each greedy token is the highest one', async () => {
    const session = await open();
    const prompt = 'abc';
    const ids = await session.encode(prompt);
    const { ids: generated } = await session.generate({ prompt, ...greedy, maxTokens: 4 });
    for (const token of generated) {
      const { ids: best, logits } = await session.logits(ids, 3);
      expect(best[0]).toBe(token);
      expect(best.length).toBe(3);
      expect(logits[0]).toBeGreaterThanOrEqual(logits[1]!);
      ids.push(token);
    }
    const whole = await session.logits(ids);
    expect(new Set(whole.ids).size).toBe(357);
    await session.close();
  });

  it('keeps the common beginning of two prompts and answers as if it had not', async () => {
    const long = 'The same instruction stands before each question of a run, word for word. ';
    const [fresh, warm] = [await open(), await open()];
    await warm.generate({ prompt: `${long}first?`, ...greedy });
    const again = await warm.generate({ prompt: `${long}second?`, ...greedy });
    const alone = await fresh.generate({ prompt: `${long}second?`, ...greedy });
    expect(alone.reusedTokens).toBe(0);
    expect(again.reusedTokens).toBeGreaterThan(60);
    expect(again.ids).toEqual(alone.ids);
    await fresh.close();
    await warm.close();
  });

  it('stops at a stop token, at a stop text, and counts neither', async () => {
    const session = await open();
    const prompt = 'Some prompt';
    // A random model repeats itself when it is greedy; drawn tokens differ.
    const warm = { ...greedy, maxTokens: 60, temperature: 1.5 };
    const whole = await session.generate({ prompt, ...warm });
    const at = whole.ids.findIndex((id, i) => i >= 2 && whole.ids.indexOf(id) === i);
    const byToken = await session.generate({ prompt, ...warm, stopTokens: [whole.ids[at]!] });
    expect(byToken).toMatchObject({ tokens: at, truncated: false, ids: whole.ids.slice(0, at) });
    const words = /[!-~]{2}/.exec(whole.text);
    expect(words).not.toBeNull();
    const byText = await session.generate({ prompt, ...warm, stopTexts: [words![0]] });
    expect(byText.text).toBe(whole.text.slice(0, whole.text.indexOf(words![0])));
    expect(byText.truncated).toBe(false);
    await session.close();
  });

  it('says how much a prompt needs that does not fit, and fills the context to its end', async () => {
    const session = await open(model, 32);
    await expect(session.generate({ prompt: 'x'.repeat(40), ...greedy })).rejects.toMatchObject({
      code: 'bad-input',
      detail: { needed: 42 },
    });
    const full = await session.generate({ prompt: 'x'.repeat(20), ...greedy, maxTokens: 99 });
    expect(full).toMatchObject({ truncated: true, promptTokens: 21 });
    expect(full.promptTokens + full.tokens).toBe(32);
    await session.close();
  });

  it('stops when it is told to, and serves the next request', async () => {
    const session = await open(model, 512);
    const controller = new AbortController();
    const running = session.generate({ prompt: 'a', ...greedy, maxTokens: 500 }, controller.signal);
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    expect((await session.generate({ prompt: 'a', ...greedy })).tokens).toBe(12);
    await session.close();
  });
});

describe('files', () => {
  it('are hashed before they are loaded: flipped weights load without a word', async () => {
    const bytes = readFileSync(model);
    const path = join(folder, 'flipped.gguf');
    const expected = sha256(bytes);
    bytes[bytes.length - 20]! ^= 0x40;
    writeFileSync(path, bytes);
    await expect(
      inference.open({ modelPath: path, sha256: expected, adapters: [], contextLength: 64, threads: 1 }),
    ).rejects.toMatchObject({ code: 'damaged', message: expect.stringMatching(/has SHA-256 \w+, expected/) });
    await expect(open(join(folder, 'missing.gguf'))).rejects.toMatchObject({ code: 'not-found' });
  });

  it('that llama.cpp refuses are an error with its reason', async () => {
    const path = join(folder, 'cut.gguf');
    writeFileSync(path, readFileSync(model).subarray(0, -4096));
    await expect(open(path)).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringMatching(/llama\.cpp cannot load cut\.gguf: .*not within the file bounds/),
    });
  });

  it('that abort the process are an error with its last words, and the next request works', async () => {
    const path = join(folder, 'heads.gguf');
    await writeModelGguf(path, small, baseTensors(small), {
      metadata: { 'gemma2.attention.head_count': { u32: 0 } },
    });
    const before = host.generation;
    await expect(open(path)).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringMatching(/died \(SIGABRT\) while it loaded heads\.gguf.*GGML_ASSERT/),
      detail: { crashed: true },
    });
    const session = await open();
    expect(host.generation).toBe(before + 1);
    expect((await session.generate({ prompt: 'a', ...greedy })).tokens).toBe(12);
    await session.close();
  });
});

describe('the process', () => {
  it('may be killed: the request fails, old sessions say so, new ones work', async () => {
    const own = createWorkerHost();
    const killed = createInference(own);
    const session = await killed.open({ modelPath: model, adapters: [], contextLength: 512, threads: 1 });
    const running = session.generate({ prompt: 'a', ...greedy, maxTokens: 500 });
    process.kill(own.pid!, 'SIGKILL');
    await expect(running).rejects.toMatchObject({
      code: 'internal',
      message: expect.stringMatching(/died \(SIGKILL\) in the middle of "generate"/),
      detail: { crashed: true },
    });
    await expect(session.generate({ prompt: 'a', ...greedy })).rejects.toMatchObject({
      detail: { crashed: true },
    });
    const next = await killed.open({ modelPath: model, adapters: [], contextLength: 64, threads: 1 });
    await expect(session.encode('a')).rejects.toThrow(/Open it again/);
    expect(await next.encode('a')).toHaveLength(2);
    await killed.close();
    await expect(
      killed.open({ modelPath: model, adapters: [], contextLength: 64, threads: 1 }),
    ).rejects.toMatchObject({ code: 'cancelled', message: 'The core is closing.' });
  });

  it('is ended when it says nothing for too long', async () => {
    const mute = join(folder, 'mute.mjs');
    writeFileSync(mute, 'process.on("message", () => {}); setInterval(() => {}, 1000);');
    const silent = createWorkerHost(mute);
    await expect(
      silent.request({ op: 'encode', session: 1, text: 'a', bos: false }, { stallMs: 200 }),
    ).rejects.toMatchObject({
      message: expect.stringMatching(/no sign of life for/),
      detail: { crashed: true },
    });
    await silent.close();
  });

  it('does not hold a request that waits its turn for a silent one, nor for the cause of a crash', async () => {
    // One after the other, as the real one: "now" is answered at once, "slow" after 3 s with signs of life, "die" never.
    const played = join(folder, 'played.mjs');
    writeFileSync(
      played,
      `import { setTimeout as sleep } from 'node:timers/promises';
      let queue = Promise.resolve();
      process.on('message', ({ id, request }) => {
        queue = queue.then(async () => {
          if (request.text === 'die') process.kill(process.pid, 'SIGKILL');
          for (let beat = 0; request.text === 'slow' && beat < 30; beat++) {
            await sleep(100);
            process.send({ id, alive: true });
          }
          process.send({ id, value: id });
        });
      });`,
    );
    const busy = createWorkerHost(played);
    const encode = (text: string) =>
      busy.request({ op: 'encode', session: 1, text, bos: false }, { stallMs: 60_000 });
    const load = (stallMs: number) =>
      busy.request(
        { op: 'open', modelPath: '/m.gguf', adapters: [], exact: false, contextLength: 8, threads: 1 },
        { stallMs },
      );
    expect(await encode('now')).toBe(1);
    expect(await Promise.all([encode('slow'), load(2000)])).toEqual([2, 3]);
    const [asked, behind] = await Promise.allSettled([encode('die'), load(60_000)]);
    expect(asked).toMatchObject({ reason: { message: expect.stringMatching(/in the middle of "encode"/) } });
    expect(behind).toMatchObject({
      reason: { code: 'internal', message: expect.stringMatching(/while "open" waited its turn/) },
    });
    await busy.close();
  });

  it('leaves a core free by default', () => {
    expect(defaultThreads()).toBeGreaterThanOrEqual(1);
  });
});
