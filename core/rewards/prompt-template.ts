// From a row to the text a model is given: the only place where prompts are made. Training data, evaluations and previews
// all come from here. The text holds no BOS: every tokenizer adds exactly one.
import type { PromptTemplate } from '../contract/reward.ts';
import type { Row } from '../contract/row.ts';
import { RewardsError } from './rewards-error.ts';

type Family = PromptTemplate['family'];

/** What a prompt needs of a row. */
export type PromptRow = Pick<Row, 'question' | 'choices' | 'context'>;

interface Turns {
  /** Around the one user turn; the model writes after `close`. */
  open: string;
  close: string;
}

const TURNS: Readonly<Record<Family, Turns>> = {
  // Gemma has no system role: the instruction goes into the user turn.
  gemma: { open: '<start_of_turn>user\n', close: '<end_of_turn>\n<start_of_turn>model\n' },
  chatml: { open: '<|im_start|>user\n', close: '<|im_end|>\n<|im_start|>assistant\n' },
  none: { open: '', close: '\n' },
};

/** The only texts of a prompt that are control tokens; whoever cuts a prompt into tokens reads everything else as text. */
export const turnMarks = ['<start_of_turn>', '<end_of_turn>', '<|im_start|>', '<|im_end|>'] as const;

/**
 * What tokenizers may read as a control token, or as a symbol of their own: a row must not hold it, else a question could close
 * its turn, or be other tokens in training than here.
 */
const CONTROL = /<(?:start_of_turn|end_of_turn|bos|eos|pad|unk|mask|2mass|unused\d+)>|<\|[\w-]+\|>|\[@BOS@\]/;

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Nothing but the question and its options: the form in which the embedded tiny model was pretrained. */
export const tinyPlain: PromptTemplate = {
  id: 'tiny-plain@1',
  family: 'gemma',
  instruction: null,
  examples: [],
  choicesStyle: 'letters',
};

/** The four-step form explained, with one worked example. */
export const fourStepPrompt: PromptTemplate = {
  id: 'four-step@1',
  family: 'gemma',
  instruction: `Think first, answer second. Reply in exactly this form and write nothing outside of it:
<reasoning>
Analysis & Strategy:
what is asked, what is known, and which way leads there
Step-by-Step Execution:
the work itself, one step after the other
Verification & Self-Correction:
the result checked in another way, and corrected if it is wrong
Final Synthesis:
the result in one or two sentences
</reasoning>
<answer>
the answer alone: one number, or the letter of one option
</answer>`,
  examples: [
    {
      question: 'A gardener plants 6 rows of 8 tulips. Rabbits eat 11 of them. How many tulips are left?',
      completion: `<reasoning>
Analysis & Strategy:
First find how many tulips were planted, then take away the eaten ones.
Step-by-Step Execution:
6 rows of 8 tulips are 6 * 8 = 48 tulips. 48 - 11 = 37.
Verification & Self-Correction:
Going back, 37 + 11 = 48, and 48 / 6 = 8 in each row, as the question says.
Final Synthesis:
The gardener has 37 tulips left.
</reasoning>
<answer>
37
</answer>`,
    },
  ],
  choicesStyle: 'letters',
};

/** One sentence and no example: for a base without turns that learns the form in training. */
export const fourStepShort: PromptTemplate = {
  id: 'four-step-short@1',
  family: 'none',
  instruction: 'Think about the question in four steps, then answer with the letter of the right option.',
  examples: [],
  choicesStyle: 'letters',
};

/** The same with one worked example. A small base copies it at the first opportunity: what shows whether a reward notices. */
export const fourStepShortExample: PromptTemplate = {
  ...fourStepShort,
  id: 'four-step-short-example@1',
  examples: [
    {
      question: 'Which animal lays eggs?\nA) dog\nB) cow\nC) hen\nD) cat',
      completion: `<reasoning>
Analysis & Strategy:
Find the animal that lays eggs.
Step-by-Step Execution:
A hen is a bird, and birds lay eggs.
Verification & Self-Correction:
Dogs, cows and cats give birth to living young.
Final Synthesis:
So the answer is the hen.
</reasoning>
<answer>C</answer>`,
    },
  ],
};

/** The form alone, without an example: about a hundred tokens, which leaves a short prompt room for its question. */
export const fourStepBrief: PromptTemplate = {
  id: 'four-step-brief@1',
  family: 'gemma',
  instruction: `Think first, answer second. Reply in exactly this form:
<reasoning>
Analysis & Strategy:
...
Step-by-Step Execution:
...
Verification & Self-Correction:
...
Final Synthesis:
...
</reasoning>
<answer>
the answer alone
</answer>`,
  examples: [],
  choicesStyle: 'letters',
};

export const promptTemplates: readonly PromptTemplate[] = [
  tinyPlain,
  fourStepPrompt,
  fourStepBrief,
  fourStepShort,
  fourStepShortExample,
];

/** The shipped template of that id. Throws `bad-prompt` for an unknown one. */
export function findPromptTemplate(id: string): PromptTemplate {
  const found = promptTemplates.find((template) => template.id === id);
  if (found) return found;
  const known = promptTemplates.map((template) => template.id).join(', ');
  throw new RewardsError('bad-prompt', `There is no prompt template "${id}". Known: ${known}.`);
}

/** The same template for a model with other turn marks. */
export function withFamily(template: PromptTemplate, family: Family): PromptTemplate {
  return { ...template, family };
}

/**
 * The prompt of a row, without BOS: `open {instruction} {examples} {context} {question} {options} close`.
 * Throws `bad-prompt` when the row holds a control token's text or more than 26 options.
 */
export function renderPrompt(template: PromptTemplate, row: PromptRow): string {
  const turns = TURNS[template.family];
  const asked = renderQuestion(row);
  const control = findControlText(asked);
  if (control !== null)
    throw new RewardsError(
      'bad-prompt',
      `The row's text holds "${control}", which models read as a control token. Change the text, or leave the row out.`,
    );
  const instruction = template.instruction === null ? '' : `${template.instruction}\n\n`;
  const examples = template.examples
    .map((example) => `Question: ${example.question}\n${example.completion}\n\n`)
    .join('');
  const label = template.examples.length > 0 ? 'Question: ' : '';
  return `${turns.open}${instruction}${examples}${label}${asked}${turns.close}`;
}

/** The first text in `asked` that models read as a control token, or null. Rows that hold one cannot be asked. */
export function findControlText(asked: string): string | null {
  return CONTROL.exec(asked)?.[0] ?? null;
}

/** Texts at which generation ends; none of them is part of the completion. */
export function stopTexts(template: PromptTemplate): string[] {
  if (template.family === 'gemma') return ['<end_of_turn>'];
  if (template.family === 'chatml') return ['<|im_end|>'];
  return template.examples.length > 0 ? ['\n\nQuestion:'] : [];
}

function renderQuestion(row: PromptRow): string {
  const choices = row.choices ?? [];
  if (choices.length > LETTERS.length)
    throw new RewardsError(
      'bad-prompt',
      `The row has ${choices.length} options; letters end at ${LETTERS.length}.`,
    );
  const context = row.context === null || row.context === '' ? '' : `${row.context}\n\n`;
  const options = choices.map((choice, i) => `\n${LETTERS[i]}) ${choice}`).join('');
  return `${context}${row.question}${options}`;
}
