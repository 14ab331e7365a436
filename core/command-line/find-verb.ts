// Which verb a person means by the first words of a command line. Used by cli.ts.
import { CoreError } from '../contract/errors.ts';
import { didYouMean } from './nearest.ts';
import { kebab, type Verb } from './verb.ts';

export interface Found {
  verb: Verb;
  /** What stands behind feature and verb. */
  rest: string[];
}

/** Throws `bad-input` with the nearest word for a feature or verb that there is not. */
export function findVerb(verbs: readonly Verb[], words: readonly string[]): Found {
  const [feature = '', ...rest] = words;
  const own = verbsOf(verbs, feature);
  const [word] = rest;
  if (word === undefined || word.startsWith('-')) {
    const verb = own.find(({ meta }) => meta.unnamed);
    if (verb) return { verb, rest };
    throw new CoreError('bad-input', `forethought ${feature} wants a verb: ${names(own)}. ${more(feature)}`);
  }
  const verb = own.find((each) => kebab(each.verb) === word);
  if (verb) return { verb, rest: rest.slice(1) };
  const near = didYouMean(
    word,
    own.map((each) => kebab(each.verb)),
  );
  throw new CoreError(
    'bad-input',
    `forethought ${feature} has no verb "${word}". ${near}It has: ${names(own)}. ${more(feature)}`,
  );
}

/** The verbs of a feature. Throws `bad-input` where there is none of that name. */
export function verbsOf(verbs: readonly Verb[], feature: string): Verb[] {
  const own = verbs.filter((verb) => verb.feature === feature);
  if (own.length > 0) return own;
  const features = [...new Set(verbs.map((verb) => verb.feature)), 'doctor'];
  if (feature.startsWith('-'))
    throw new CoreError(
      'bad-input',
      `${feature} is no option of every command (those are --lab, --json and --help). Options of a verb stand behind it: forethought <feature> <verb> ${feature} …`,
    );
  throw new CoreError(
    'bad-input',
    `There is no "${feature}". ${didYouMean(feature, features)}There are: ${features.join(', ')}. See: npx forethought --help`,
  );
}

function names(verbs: readonly Verb[]): string {
  return verbs.map(({ verb }) => kebab(verb)).join(', ');
}

function more(feature: string): string {
  return `See: npx forethought ${feature} --help`;
}
