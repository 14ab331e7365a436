// Answers that fool judges without saying anything (arXiv 2507.08794): they are refused before a judge is asked.
import { findWords } from '../words/word-list.ts';

const OPENERS =
  /^(?:thought process|solution|answer|final answer|reasoning|explanation|step by step|let['’]?s (?:solve|think)\b.*|sure|certainly|of course)?[\s:.!*#_`-]*$/iu;

/** True for an empty answer, one word or sign, and the known openers without anything after them. */
export function isMasterKey(answer: string): boolean {
  if (answer.length > 200) return false;
  return findWords(answer).count < 2 || OPENERS.test(answer.trim());
}
