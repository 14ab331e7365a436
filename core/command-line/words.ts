// The words of a command line before any verb is looked at: the options of every command, and which help is meant. Used by cli.ts.
import { CoreError } from '../contract/errors.ts';

export interface CommandLine {
  lab: string | undefined;
  json: boolean;
  help: boolean;
  version: boolean;
  /** Feature, verb and what belongs to the verb. */
  words: string[];
}

/** Options of every command may stand anywhere; behind `--` nothing is an option. `help` may stand for `--help`. */
export function readWords(args: readonly string[]): CommandLine {
  const line: CommandLine = { lab: undefined, json: false, help: false, version: false, words: [] };
  for (let i = 0; i < args.length; i++) {
    const word = args[i] as string;
    if (word === '--') {
      line.words.push(...args.slice(i));
      break;
    }
    if (word === '--json') line.json = true;
    else if (word === '--help' || word === '-h') line.help = true;
    else if (word === '--version' || word === '-v') line.version = true;
    else if (word === '--lab') line.lab = folder(args[++i]);
    else if (word.startsWith('--lab=')) line.lab = folder(word.slice('--lab='.length));
    else line.words.push(word);
  }
  if (line.words[0] === 'version') line.version = true;
  // `help evals start`, `evals help`
  const place = line.words.slice(0, 2).indexOf('help');
  if (place >= 0) {
    line.help = true;
    line.words.splice(place, 1);
  }
  return line;
}

function folder(word: string | undefined): string {
  if (word === undefined || word.trim() === '' || word.startsWith('--'))
    throw new CoreError(
      'bad-input',
      '--lab wants a folder: an existing lab, or a place for a new one. For example: --lab ~/my-lab',
    );
  return word;
}
