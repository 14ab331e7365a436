// What rewards cost of a training step, asked of the reward server as the trainer asks: all completions of a step in one request, each
// with its row, prompt and group. Completions as long as a step lets them get, and programs of MBPP in the sandbox. And what the trainer
// itself measured in the run that the sample lab holds.
// Run: node test/bench/reward-share.ts [--step-seconds N], the length of a step of yours.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openSqlite } from '../../core/catalog/sqlite.ts';
import { createCore } from '../../core/create-core.ts';
import { fourStepPrompt, renderPrompt } from '../../core/rewards/prompt-template.ts';
import { renderCompletion } from '../../core/rewards/render.ts';
import { fourStep } from '../../core/rewards/structure.ts';
import { rewardServerCommand } from '../../core/suites/reward-server-command.ts';
import { row } from '../core/rewards/rows.ts';
import { type MbppGold, mbppGolds } from '../fixtures/mbpp.ts';
import { buildRewardBundle } from '../fixtures/sandbox.ts';
import { type Item, longItems } from './worked-solutions.ts';

/**
 * A step of GRPO on Gemma 3 270M as measured on two processor cores: one prompt, a group of six, 88 tokens each. Completions of 768
 * tokens take longer, and a larger model takes longer still: the share stated here is the largest.
 */
const STEP_SECONDS = 36;
const GROUP = 6;
const TOKENS = 768;
/** Steps are further apart than this, which the interpreters need to come up again. */
const PAUSE_MS = 5000;
const CODE_STEPS = 5;

const { values } = parseArgs({ options: { 'step-seconds': { type: 'string' } } });
const stepSeconds = Number(values['step-seconds'] ?? STEP_SECONDS);

const long = longItems(400, TOKENS);
const golds = mbppGolds('sanitized');
if (!long || !golds) {
  console.error('This bench needs the rows of gsm8k and MBPP beside the clone (../shared/data).');
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'forethought-bench-share-'));
const server = startServer(buildRewardBundle(folder));
try {
  await server.ask({ op: 'load', suite: 'think-first' });
  const text = await medianTime(600, 300, (i) => groupsOf(long, i, 1));
  const many = await medianTime(200, 100, (i) => groupsOf(long, i, 11));
  const programs = golds.map(programItem);
  await server.ask({ op: 'score', id: 'warm', items: groupsOf(programs, 0, 1) });
  const code = await medianTime(CODE_STEPS, 0, (i) => groupsOf(programs, i + 1, 1), PAUSE_MS);
  const characters = Math.round(long.reduce((sum, item) => sum + item.text.length, 0) / long.length);
  const share = (ms: number) => ({ ms: ms.toFixed(2), share: `${(ms / stepSeconds / 10).toFixed(3)} %` });
  console.table({
    [`1 x ${GROUP} texts of ${characters} characters`]: { ...share(text), target: '< 3 %' },
    [`11 x ${GROUP} of them`]: { ...share(many), target: '< 3 %' },
    [`1 x ${GROUP} programs of MBPP`]: { ...share(code), target: '< 3 %' },
  });
  console.log(`of a step of ${stepSeconds} s; load ${loadavg()[0]!.toFixed(1)}`);
  const run = await recordedRun(join(folder, 'lab'));
  console.log(
    `in the run of the sample lab, ${run.steps} steps of the embedded model that asked for rewards: ${(1000 * run.reward).toFixed(1)} ms of ${run.step.toFixed(2)} s, ${((100 * run.reward) / run.step).toFixed(2)} %`,
  );
  if (Math.max(text, code) > 0.03 * stepSeconds * 1000) process.exitCode = 1;
} finally {
  await server.end();
  rmSync(folder, { recursive: true });
}

/** Mean seconds of the rewards and of a whole step, over the steps that asked for rewards, as the trainer wrote them down. */
async function recordedRun(lab: string): Promise<{ steps: number; reward: number; step: number }> {
  const core = await createCore({ lab, sample: true });
  await core.close();
  const db = openSqlite(join(lab, 'catalog.db'));
  // Stages that learn from texts or compare answers ask for no rewards; their steps are none of these.
  const measured = db
    .prepare(
      `SELECT count(*) AS steps, avg(reward.value) AS reward, avg(step.value) AS step
        FROM metrics reward JOIN metrics step ON step.job = reward.job AND step.step = reward.step
        WHERE reward.name = 'perf/reward_s' AND step.name = 'perf/step_s'`,
    )
    .get() as { steps: number; reward: number; step: number };
  db.close();
  return measured;
}

/** The items of a request: so many prompts, each with a group of completions of its own row. */
function groupsOf(items: readonly Item[], step: number, prompts: number): object[] {
  return Array.from({ length: prompts * GROUP }, (_, i) => {
    const prompt = step * prompts + Math.floor(i / GROUP);
    const item = items[prompt % items.length]!;
    // Every completion of a group differs; those of code would otherwise be one program.
    const completion = item.text.replace('</reasoning>', `That was try ${i}.\n</reasoning>`);
    return {
      ...{ row: item.row, prompt: renderPrompt(fourStepPrompt, item.row), group: String(prompt) },
      ...{ completion, tokens: TOKENS, truncated: false },
    };
  });
}

function programItem({ id, code, tests, imports, setup }: MbppGold): Item {
  const asked = row({
    ...{ id, question: `Write a program that passes ${tests[0]}`, domain: 'coding', answerType: 'code' },
    ...{ answer: null, answerRaw: '', verifier: { tests: [...tests], imports: [...imports], setup } },
  });
  const sections = [
    'The program has to pass the test that is given, so look at what it returns.',
    'Each value is worked out from the ones before it, in a loop or by a formula.',
    'Going through the test by hand gives the value that it expects.',
    'The function below does what was asked.',
  ];
  return {
    row: asked,
    text: renderCompletion(fourStep, { sections, answer: `\`\`\`python\n${code}\n\`\`\`` }),
  };
}

async function medianTime(
  rounds: number,
  warmUp: number,
  itemsOf: (step: number) => object[],
  pauseMs = 0,
): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < rounds; i += 1) {
    const items = itemsOf(i);
    if (pauseMs > 0) await sleep(pauseMs);
    const began = performance.now();
    const { results } = await server.ask({ op: 'score', id: i, items });
    if (results.some((each: { verdict: string }) => each.verdict === 'error'))
      throw new Error('Some completion could not be scored: no figure of this bench means anything.');
    if (i >= warmUp) times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b)[times.length >> 1]!;
}

function startServer(bundle: string) {
  const [file = '', ...args] = rewardServerCommand(bundle);
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise((done) => child.on('close', done));
  return {
    async ask(request: object) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error('The reward server ended.');
        const answer = JSON.parse(value);
        if (answer.error) throw new Error(`refused: ${value}`);
        if (!answer.working) return answer;
      }
    },
    end() {
      child.stdin.end();
      return ended;
    },
  };
}
