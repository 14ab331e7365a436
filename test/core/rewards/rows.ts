// Rows and completions that the reward tests share.
import type { Row } from '../../../core/contract/row.ts';
import { renderCompletion } from '../../../core/rewards/render.ts';
import { fourStep } from '../../../core/rewards/structure.ts';

export function row(change: Partial<Row> = {}): Row {
  return {
    id: 'test:main:test:0',
    question: 'How many eggs does she sell?',
    answer: '18',
    answerRaw: '#### 18',
    domain: 'math',
    choices: null,
    context: null,
    answerType: 'number',
    verifier: null,
    source: { dataset: 'test', config: 'main', split: 'test', revision: null, index: 0, licence: null },
    choicePermutation: null,
    flags: [],
    hash: 'none',
    ...change,
  };
}

export function choiceRow(choices: string[], answer: string): Row {
  return row({ choices, answer, answerRaw: answer, answerType: 'choice', domain: 'science' });
}

/** A strict four-step completion with this answer. */
export function strict(answer: string): string {
  return renderCompletion(fourStep, {
    sections: ['Count what is left.', '16 - 3 - 4 = 9, times 2.', 'Going back, it fits.', 'She sells them.'],
    answer,
  });
}
