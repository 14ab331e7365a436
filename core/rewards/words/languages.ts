// Scripts and function words of languages: enough to see that a text changed its language, and to tell prose from a list of
// key words. Not a language detector: close relatives are told apart by their commonest words only.
import { GramSet } from './gram-set.ts';
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

const sets = new Map<string, GramSet>();

function wordsOf(language: string): GramSet {
  let set = sets.get(language);
  if (!set) {
    const words = FUNCTION_WORDS[language]!.split(' ');
    set = new GramSet(words.length);
    for (const word of words) set.add(hashWord(word));
    sets.set(language, set);
  }
  return set;
}

/** Languages of the Latin script that are told apart. */
export const languages: readonly string[] = Object.keys(FUNCTION_WORDS);

/** Share of the words [from, to) that are function words of a language. */
export function functionShare(words: WordList, language: string, from = 0, to = words.count): number {
  const set = wordsOf(language);
  let found = 0;
  for (let at = from; at < to; at++) if (set.has(words.hashes[at]!)) found++;
  return to > from ? found / (to - from) : 0;
}

/** True for an English word without content of its own. */
export function isFunctionWord(hash: number): boolean {
  return wordsOf('en').has(hash);
}
