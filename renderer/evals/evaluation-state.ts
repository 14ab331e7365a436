// States of an evaluation in words and tone.
import type { Evaluation } from '../../core/contract/evals.ts';
import type { Tone } from '../ui/pill.tsx';

type State = Evaluation['state'];

const states: Readonly<Record<State, readonly [word: string, tone: Tone]>> = {
  running: ['running', 'accent'],
  paused: ['paused', 'warn'],
  done: ['done', 'good'],
  failed: ['failed', 'bad'],
};

export const evaluationStateInWords = (state: State): string => states[state][0];
export const evaluationTone = (state: State): Tone => states[state][1];
