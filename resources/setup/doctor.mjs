// `forethought doctor [--json]`: what is there, what is missing and how to get it. Works before anything is installed.
import { steps } from './steps.mjs';

const help = `forethought doctor [--json]

Looks at everything that the app, the demo and the tests need, changes nothing, and tells what is missing or out of date.
Exit code 0: the app and the demo can run; 1: something that they need is not in place.
It looks at this machine, not at a lab: --lab changes nothing here.`;

/** @param {string[]} args the whole command line @returns {Promise<number>} exit code */
export async function doctor(args) {
  const unknown = args.find((word, i) => !isKnown(word, args[i - 1]));
  if (unknown !== undefined) {
    console.error(`forethought doctor does not know "${unknown}".\n\n${help}`);
    return 2;
  }
  if (args.some((word) => ['--help', '-h', 'help'].includes(word))) {
    console.log(help);
    return 0;
  }
  const findings = [];
  for (const step of steps) findings.push(await step.check({ purpose: 'window', say: () => {} }));
  const ready = findings.every((finding) => finding.state === 'ok' || finding.state === 'optional');
  if (args.includes('--json')) console.log(JSON.stringify({ ready, findings }, null, 2));
  else print(findings, ready);
  return ready ? 0 : 1;
}

/** @param {string} word @param {string | undefined} before */
function isKnown(word, before) {
  const known = ['doctor', 'help', '--help', '-h', '--json', '--lab'];
  return known.includes(word) || word.startsWith('--lab=') || before === '--lab';
}

/** @param {import('./step.mjs').Finding[]} findings @param {boolean} ready */
function print(findings, ready) {
  const titleWidth = Math.max(...findings.map((finding) => finding.title.length));
  const stateWidth = Math.max(...findings.map((finding) => finding.state.length));
  for (const { title, state, detail, fix } of findings) {
    console.log(`${title.padEnd(titleWidth)}  ${state.padEnd(stateWidth)}  ${detail.replaceAll('\n', ' ')}`);
    if (fix && state !== 'ok') console.log(`${' '.repeat(titleWidth + stateWidth + 4)}next: ${fix}`);
  }
  console.log(
    ready
      ? '\nEverything is in place.'
      : '\nNot everything is in place. npm start and npm test bring it where they can.',
  );
}
