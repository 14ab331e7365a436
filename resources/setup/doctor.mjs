// `forethought doctor [--json]`: what is there, what is missing and how to get it. Works before anything is installed.
import { steps } from './steps.mjs';

const help = `forethought doctor [--json]

Looks at everything that the app, the demo and the tests need, changes nothing, and tells what is missing.
Exit code 0: the app and the demo can run; 1: something that they need is missing.`;

/** @param {string[]} args @returns {Promise<number>} exit code */
export async function doctor(args) {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(help);
    return 0;
  }
  const unknown = args.find((argument) => argument !== '--json');
  if (unknown !== undefined) {
    console.error(`forethought doctor does not know "${unknown}".\n\n${help}`);
    return 2;
  }
  const findings = [];
  for (const step of steps) findings.push(await step.check({ purpose: 'window', say: () => {} }));
  const ready = findings.every((finding) => finding.state === 'ok' || finding.state === 'optional');
  if (args.includes('--json')) console.log(JSON.stringify({ ready, findings }, null, 2));
  else print(findings, ready);
  return ready ? 0 : 1;
}

/** @param {import('./step.mjs').Finding[]} findings @param {boolean} ready */
function print(findings, ready) {
  const titleWidth = Math.max(...findings.map((finding) => finding.title.length));
  for (const { title, state, detail, fix } of findings) {
    console.log(`${title.padEnd(titleWidth)}  ${state.padEnd(8)}  ${detail.replaceAll('\n', ' ')}`);
    if (fix && state !== 'ok') console.log(`${' '.repeat(titleWidth + 12)}${fix}`);
  }
  console.log(
    ready
      ? '\nEverything is in place.'
      : '\nSomething is missing. npm start and npm test bring it where they can.',
  );
}
