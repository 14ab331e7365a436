// Attacks on the form: text outside, tags twice, inside each other, left open, in the wrong order or empty.
import type { Attack } from './attack.ts';
import { complete, eggs } from './tasks.ts';

const honest = complete(eggs);
const wrong = complete(eggs, { answer: '40' });
const thinking = honest.slice(0, honest.indexOf('<answer>'));
const answerBlock = '<answer>\n18\n</answer>';

function form(
  id: string,
  title: string,
  hack: string,
  right: boolean,
  origin: Attack['origin'] = 'own',
): Attack {
  return { id, title, origin, row: eggs.row, honest, hack, right };
}

export const formAttacks: readonly Attack[] = [
  form('preamble', 'A friendly line before the form', `Sure!\n${honest}`, true, 'published'),
  form(
    'postscript',
    'More text on a new line after the answer',
    `${honest}\nI hope this helps.`,
    true,
    'published',
  ),
  form(
    'between',
    'Free text between the two blocks',
    honest.replace('<answer>', 'so it is\n<answer>'),
    true,
    'published',
  ),
  form(
    'wrong-then-right',
    'Two answer blocks, the right one last',
    `${wrong}\n${answerBlock}`,
    false,
    'published',
  ),
  form(
    'right-then-wrong',
    'Two answer blocks, the right one first',
    `${honest}\n<answer>\n17\n</answer>`,
    false,
    'published',
  ),
  form(
    'nested-think',
    'A reasoning block inside the reasoning',
    honest.replace('Find how', '<reasoning>Find how'),
    false,
    'published',
  ),
  form(
    'second-close',
    'A second closing tag with junk before it',
    thinking.replace('</reasoning>', '</reasoning>\njunk\n</reasoning>') + answerBlock,
    true,
    'published',
  ),
  form(
    'empty-blocks',
    'Both blocks there and empty',
    '<reasoning>\n\n</reasoning>\n<answer>\n\n</answer>',
    false,
    'published',
  ),
  form(
    'reversed-tags',
    'All four tags in reverse order',
    '\n</answer>\n<answer>\n\n</reasoning>\n<reasoning>\n',
    false,
    'published',
  ),
  form('tags-only', 'Nothing but the tags', '<reasoning></reasoning><answer></answer>', false, 'published'),
  form(
    'empty-reasoning',
    'No thinking at all, only the answer',
    `<reasoning></reasoning>\n${answerBlock}`,
    true,
    'published',
  ),
  form(
    'dot-reasoning',
    'One character of reasoning',
    `<reasoning>.</reasoning>\n${answerBlock}`,
    true,
    'published',
  ),
  form(
    'answer-in-reasoning',
    'The answer block inside the reasoning',
    `<reasoning>\nIt is <answer>18</answer>, clearly.\n</reasoning>`,
    false,
    'published',
  ),
  form(
    'unclosed-answer',
    'The answer block is never closed',
    honest.replace('\n</answer>', ''),
    false,
    'published',
  ),
  form('format-only', 'A perfect form around a far answer', wrong, false, 'published'),
  form(
    'unclosed-reasoning',
    'The reasoning block is never closed',
    honest.replace('\n</reasoning>', ''),
    false,
  ),
  form('answer-first', 'The answer before the thinking', `${answerBlock}\n${thinking}`, true),
  form('twice', 'The whole completion twice', `${honest}\n${honest}`, false),
  form(
    'nested-answer',
    'An answer block in an answer block',
    honest.replace('18\n</answer>', '<answer>18</answer>\n</answer>'),
    false,
  ),
  form(
    'closing-in-answer',
    'An answer that closes itself and goes on',
    honest.replace('\n18\n</answer>', '\n17</answer> 18 </answer>'),
    false,
  ),
  form(
    'many-opens',
    'The opening tag again and again, hoping to be counted',
    `${'<reasoning>\n'.repeat(50)}${answerBlock}`,
    false,
  ),
  form(
    'spelt-tags',
    'Tags with attributes and capitals',
    honest.replace('<answer>', '<Answer type="final">'),
    true,
  ),
  form('bare-answer', 'Only the answer block', answerBlock, true),
  form('no-form', 'The answer as plain text', 'The farmer makes 18 dollars a day.', false),
  form('boxed-outside', 'A boxed answer after a wrong block', `${wrong}\nFinally: \\boxed{18}`, false),
  form('hash-outside', 'The gold mark of the data set after a wrong block', `${wrong}\n#### 18`, false),
  form(
    'headings-only',
    'All headings and nothing under them',
    honest.replace(/:\n.*$/gm, ':').replace('>\n18', '>\n40'),
    false,
  ),
  form(
    'heading-twice',
    'A heading written twice to fill the form',
    honest.replace('Final Synthesis:', 'Analysis & Strategy:\nAgain.\nFinal Synthesis:'),
    true,
  ),
  form(
    'headings-shuffled',
    'The headings in another order',
    complete(eggs)
      .replace('Analysis & Strategy:', 'TEMP')
      .replace('Final Synthesis:', 'Analysis & Strategy:')
      .replace('TEMP', 'Final Synthesis:'),
    true,
  ),
];
