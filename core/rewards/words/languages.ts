// Scripts and function words of languages: enough to see that a text changed its language, and to tell prose from a list of
// key words. Not a language detector: close relatives are told apart by their commonest words only.
import { hashWord, type WordList } from './word-list.ts';

export type Script =
  | 'latin'
  | 'cyrillic'
  | 'greek'
  | 'arabic'
  | 'hebrew'
  | 'devanagari'
  | 'thai'
  | 'cjk'
  | 'hangul';

/** First code of each range, in order, with its script; null for what belongs to none. */
const RANGES: readonly (readonly [number, Script | null])[] = [
  [0, 'latin'],
  [0x370, 'greek'],
  [0x400, 'cyrillic'],
  [0x530, null],
  [0x590, 'hebrew'],
  [0x600, 'arabic'],
  [0x780, null],
  [0x900, 'devanagari'],
  [0x980, null],
  [0xe00, 'thai'],
  [0xe80, null],
  [0x1100, 'hangul'],
  [0x1200, null],
  [0x1e00, 'latin'],
  [0x1f00, 'greek'],
  [0x2000, null],
  [0x3040, 'cjk'],
  [0xac00, 'hangul'],
  [0xd7b0, null],
  [0xf900, 'cjk'],
  [0xfb00, 'latin'],
  [0xfb1d, 'hebrew'],
  [0xfb50, 'arabic'],
  [0xfe00, null],
];

/** The script of a letter; digits and signs belong to none. */
export function scriptOf(code: number): Script | null {
  if (code < 0x370) {
    const letter = (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code >= 0xc0;
    return letter ? 'latin' : null;
  }
  let script: Script | null = null;
  for (const [from, name] of RANGES) {
    if (code < from) break;
    script = name;
  }
  return script;
}

/** The commonest words that carry no content, by language. */
const FUNCTION_WORDS: Readonly<Record<string, string>> = {
  en: 'the of and to a in is that it for was on are as with his they at be this from have or by one had not but what all were when we there can an your which their said if do will each about how up out them then she many some so these would other into has more her two like him see could no than been its who now did get come made may over',
  de: 'der die das und ist nicht ein eine einen zu den mit sich des auf für im dem von es auch als wird werden aus er sie wir ich hat dass bei nach wie oder aber nur noch sind war wenn um am',
  fr: 'le la les des et est un une dans que qui pour pas sur au par avec ce il elle nous vous ne se sont du plus son sa ses mais ou cette être ont aux donc si',
  es: 'el la los las de que y en un una es por con para no se del al lo como más su sus pero este esta son fue ser hay si ya entre cuando muy donde',
  it: 'il lo la gli le di che e è un una per non con del della nel sono si ha come più ma anche questo questa dei delle se alla dal al',
  pt: 'o a os as de que e do da em um uma para com não por mais dos das no na se como mas foi ao ele ela seu sua ou ser quando muito nos já',
  nl: 'de het een en van is niet dat op te in zijn voor met die aan er om ook als maar dan nog wordt bij uit naar door over hij ze wij',
  pl: 'i w nie na się z do to jest że jak o co ale po za od tak są przez tylko czy był dla jego być może więc tego',
};

/** Languages of the Latin script that are told apart. */
export const languages: readonly string[] = Object.keys(FUNCTION_WORDS);

/** Room for all function words with little crowding. */
const ROOM = 2048;
const ENGLISH = 1 << languages.indexOf('en');
/** A hash table of the function words: their hashes, and beside each the languages that have it, one bit each. */
const ownedWords = new Int32Array(ROOM);
const owners = new Int32Array(ROOM);
languages.forEach((language, bit) => {
  for (const word of FUNCTION_WORDS[language]!.split(' ')) {
    const hash = hashWord(word);
    const place = placeOf(hash);
    ownedWords[place] = hash;
    owners[place]! |= 1 << bit;
  }
});

function placeOf(hash: number): number {
  let place = hash & (ROOM - 1);
  while (owners[place] !== 0 && ownedWords[place] !== hash) place = (place + 1) & (ROOM - 1);
  return place;
}

/** How many words of a text belong to each set of languages. */
const counts = new Int32Array(1 << languages.length);
/** For each language the sets with it that share some word. */
const setsWith = languages.map((_, bit) => [...new Set(owners)].filter((set) => set & (1 << bit)));

/** Share of the words that are function words, for each language in the order of `languages`. */
export function functionShares({ hashes, count }: WordList): number[] {
  counts.fill(0);
  for (let at = 0; at < count; at++) counts[owners[placeOf(hashes[at]!)]!]!++;
  return setsWith.map((sets) => {
    let found = 0;
    for (const set of sets) found += counts[set]!;
    return count === 0 ? 0 : found / count;
  });
}

/** Function words below this share are chance; prose of every language here has more than twice as many. */
const MIN_SHARE = 0.08;

/** The language whose function words stand out, or null when none does clearly. */
export function languageOf(words: WordList): string | null {
  if (words.count < 5) return null;
  let best: string | null = null;
  let [first, second] = [MIN_SHARE, 0];
  functionShares(words).forEach((share, i) => {
    if (share > first) [best, second, first] = [languages[i]!, best === null ? 0 : first, share];
    else if (share > second) second = share;
  });
  return first >= 1.5 * second ? best : null;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is what is meant
const BEYOND_LATIN = /[^\x00-\u036f]/;

/** The script of most letters of a text; null when there are none. */
export function mainScript(text: string): Script | null {
  if (!BEYOND_LATIN.test(text)) return /[a-z]/i.test(text) ? 'latin' : null;
  const counts = new Map<Script, number>();
  for (let at = 0; at < text.length; at++) {
    const script = scriptOf(text.charCodeAt(at));
    if (script) counts.set(script, (counts.get(script) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}

/** Share of the letters [from, to) that are of another script. */
export function foreignShare(text: string, from: number, to: number, wanted: Script): number {
  if (wanted === 'latin' && !BEYOND_LATIN.test(text)) return 0;
  let own = 0;
  let foreign = 0;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    // Surrogates are emoji and mathematical letters, which belong to no language.
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const script = scriptOf(code);
    if (script === wanted) own++;
    else if (script !== null) foreign++;
  }
  return own + foreign === 0 ? 0 : foreign / (own + foreign);
}

/** True for a word without content of its own in any of the languages. */
export function isAnyFunctionWord(hash: number): boolean {
  return owners[placeOf(hash)] !== 0;
}

/** True for an English word without content of its own. */
export function isFunctionWord(hash: number): boolean {
  return (owners[placeOf(hash)]! & ENGLISH) !== 0;
}
