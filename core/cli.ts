// The command line: `forethought <feature> <verb> [--json]`, drawn from the contract. Results to stdout, everything else to stderr.
// What needs no lab (help, refused words) is told without loading the core.
import { readFileSync } from 'node:fs';
import { readInput } from './command-line/arguments.ts';
import { findVerb, verbsOf } from './command-line/find-verb.ts';
import { featureHelp, overview, serveHelp, verbHelp } from './command-line/help.ts';
import { allVerbs } from './command-line/verbs.ts';
import { readWords } from './command-line/words.ts';
import { CoreError, exitCodeOf } from './contract/errors.ts';

async function main(args: readonly string[]): Promise<void> {
  const { words, lab, json, help, version } = readWords(args);
  if (version) return console.log(programVersion());
  const verbs = await allVerbs();
  const [feature, name] = words;
  if (feature === 'rewards' && name === 'serve') return help ? console.log(serveHelp) : serve();
  if (feature === undefined) return console.log(overview(programVersion(), verbs));
  const own = verbsOf(verbs, feature);
  const unnamed = name === undefined ? own.find((verb) => verb.meta.unnamed) : undefined;
  if (help && unnamed)
    return console.log(
      verbHelp(
        unnamed,
        own.filter((verb) => verb !== unnamed),
      ),
    );
  if (help && name === undefined) return console.log(featureHelp(own));
  const { verb, rest } = findVerb(verbs, words);
  if (help) return console.log(verbHelp(verb));
  const input = readInput(verb, rest);
  const { perform } = await import('./command-line/perform.ts');
  await perform({ verb, input, lab, json });
}

/** Not a procedure: it talks on stdin and stdout until its input ends. */
async function serve(): Promise<void> {
  const [{ serveRewards }, { rewardBundle }] = await Promise.all([
    import('./suites/serve-rewards.ts'),
    import('./lab/places.ts'),
  ]);
  process.exitCode = await serveRewards(rewardBundle);
}

function programVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function tell(error: unknown): void {
  const failure =
    error instanceof CoreError
      ? error
      : new CoreError('internal', `Something inside Forethought failed: ${error}`);
  const { code, message, detail } = failure;
  if (process.argv.includes('--json'))
    console.log(JSON.stringify({ error: { code, message, detail } }, null, 2));
  console.error(message);
  process.exitCode = typeof detail.exitCode === 'number' ? detail.exitCode : exitCodeOf(failure);
}

/** A reader that has seen enough (`| head`) ends us quietly; an output that cannot be written is told like any other failure. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  const why = error.code === 'ENOSPC' ? 'the disk that it goes to is full' : error.message;
  console.error(
    `The result could not be written: ${why}. The work itself is done; ask for its result elsewhere.`,
  );
  process.exit(2);
});

try {
  await main(process.argv.slice(2));
} catch (error) {
  tell(error);
}
