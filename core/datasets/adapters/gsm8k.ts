// openai/gsm8k: grade-school word problems with a worked solution whose last line is `#### <number>` (MIT; 7,473 train, 1,319 test).
import { readNumber } from '../../rewards/answers/number.ts';
import { type AdapterDefinition, contentHash, missing, objection } from './adapter.ts';

/** The official reader takes the first match (grade-school-math, dataset.py); every published row has exactly one. */
const GOLD = /^#### ?(.*)$/m;

export const gsm8k: AdapterDefinition = {
  adapter: 'gsm8k',
  configs: ['main', 'socratic'],
  hasDefaultConfig: true,
  columns: ['question', 'answer'],
  adapt(record, { config, split, revision, index }) {
    const { question, answer: solution } = record;
    if (typeof question !== 'string') return { reason: missing('question', record) };
    if (typeof solution !== 'string') return { reason: missing('answer', record) };
    const line = GOLD.exec(solution);
    if (!line) return { reason: 'the answer has no line "#### <number>" with the gold' };
    const gold = readNumber(line[1]!);
    if (gold.kind !== 'number') return { reason: `the gold "${line[1]!.slice(0, 60)}" is not one number` };
    const content = { question, choices: null, context: null, answer: gold.value };
    const why = objection(content);
    if (why) return { reason: why };
    return {
      row: {
        id: `gsm8k:${config}:${split}:${index}`,
        ...content,
        answerRaw: line[0].trimEnd(),
        domain: 'math',
        answerType: 'number',
        verifier: null,
        source: { dataset: 'gsm8k', config, split, revision, index, licence: 'MIT' },
        choicePermutation: null,
        flags: [],
        hash: contentHash(content),
      },
    };
  },
};
