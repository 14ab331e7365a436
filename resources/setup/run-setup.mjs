// Brings everything that a purpose needs and tells each step with its time. Called first by `npm start`, `npm test` and `npm run setup`.
import { SetupError } from './step.mjs';
import { steps } from './steps.mjs';

/**
 * Checks every step and makes what is missing. Prints one line when nothing is to do.
 * @param {import('./step.mjs').Purpose} purpose
 * @returns {Promise<boolean>} false when a step failed that this purpose cannot do without
 */
export async function runSetup(purpose) {
  const started = performance.now();
  let made = 0;
  for (const step of steps) {
    const need = step.need(purpose);
    if (need === 'no') continue;
    const context = { purpose, say: (/** @type {string} */ line) => console.log(`    ${line}`) };
    const before = await step.check(context);
    if (before.state === 'ok' || before.state === 'optional') continue;
    if (made++ === 0) console.log('Forethought setup');
    console.log(`  ${step.title}: ${before.detail}`);
    if ((await attempt(step, context)) || need === 'may') continue;
    return false;
  }
  const word = made === 0 ? 'Setup: everything is in place' : 'Setup finished';
  console.log(`${word} (${seconds(started)})`);
  return true;
}

/** @param {import('./step.mjs').Step} step @param {import('./step.mjs').Context} context */
async function attempt(step, context) {
  const started = performance.now();
  try {
    await step.make(context);
    const after = await step.check(context);
    if (after.state !== 'ok') {
      throw new SetupError(
        `${step.title} is still not in order.`,
        after.detail,
        after.fix ?? 'Run forethought doctor.',
      );
    }
    console.log(`  ${step.title}: ${after.detail} · ${seconds(started)}`);
    return true;
  } catch (error) {
    const mark = step.need(context.purpose) === 'may' ? 'goes on without it' : 'failed';
    console.log(`  ${step.title}: ${mark} · ${seconds(started)}`);
    if (!(error instanceof SetupError)) throw error;
    console.log(indent(`What: ${error.message}\nWhy:  ${error.why}\nNext: ${error.next}`));
    return false;
  }
}

/** @param {string} text */
function indent(text) {
  return text.replaceAll('\n', '\n    ').replace(/^/, '    ');
}

/** @param {number} started */
function seconds(started) {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}
