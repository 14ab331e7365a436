// The domains and answer types that reward parts can be switched on or off by. A row of another domain is scored by the parts without a switch.
import type { AnswerType } from '../contract/row.ts';

export const domains: readonly string[] = [
  'math',
  'coding',
  'science',
  'general-knowledge',
  'logic',
  'creative',
  'summarization',
];

export const answerTypes: readonly AnswerType[] = ['number', 'choice', 'text', 'code', 'open'];
