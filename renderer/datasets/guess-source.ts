// What a path says about the questions in it: the reader to use and the split. A guess that the person sees and can change.
import type { Adapter } from '../../core/contract/datasets.ts';

export interface SourceGuess {
  adapter?: Adapter;
  split?: string;
  config?: string;
}

export function guessSource(path: string): SourceGuess {
  const low = path.toLowerCase();
  const guess: SourceGuess = {};
  if (low.includes('gsm8k')) guess.adapter = 'gsm8k';
  else if (low.includes('arc-') || low.includes('ai2_arc') || low.includes('/arc')) guess.adapter = 'ai2_arc';
  else if (low.endsWith('.rows.jsonl')) guess.adapter = 'rows';
  const split = /(?:^|[/_.-])(train|validation|valid|test|held-out|dev)(?=[/_.-]|$)/.exec(low)?.[1];
  if (split) guess.split = split === 'valid' || split === 'dev' ? 'validation' : split;
  const config = /(arc-challenge|arc-easy|main|socratic)/i.exec(path)?.[1];
  if (config) guess.config = config;
  return guess;
}

/** "hub:<owner>/<name>/<file>" */
export function isHubPath(path: string): boolean {
  return path.trim().startsWith('hub:');
}
