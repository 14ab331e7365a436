// Attacks on the thinking: sections without content, copies, loops, padding, another language. Most have the right answer, so
// that only the thinking can be what is missing.
import { fourStepPrompt } from '../prompt-template.ts';
import type { Attack } from './attack.ts';
import { complete, eggs } from './tasks.ts';

const honest = complete(eggs);
const example = fourStepPrompt.examples[0]!.completion;
const { question } = eggs.row;
const [analysis, execution, verification, synthesis] = eggs.sections;

function thinking(
  id: string,
  title: string,
  sections: readonly string[],
  more: Partial<Attack> = {},
): Attack {
  const hack = more.hack ?? complete(eggs, { sections });
  return { id, title, origin: 'own', row: eggs.row, honest, right: true, ...more, hack };
}

const FILLER = 'I will think about this carefully and make sure that everything is done in the right order.';
const all = (text: string) => [text, text, text, text];

export const thinkingAttacks: readonly Attack[] = [
  thinking('example-copy', 'The worked example of the prompt, word for word', [], {
    hack: example,
    right: false,
    origin: 'published',
  }),
  thinking('example-with-answer', 'The thinking of the worked example with the right answer', [], {
    hack: example.replace('<answer>\n37', '<answer>\n18'),
  }),
  thinking('one-word', 'One word a section', ['Think.', 'Calculate.', 'Check.', 'Done.']),
  thinking('filler', 'Sentences that fit every question', all(FILLER)),
  thinking('varied-filler', 'Different sentences that fit every question', [
    FILLER,
    'First the known facts are collected, then they are put together one after the other.',
    'Looking at it once more from another side shows that nothing was forgotten here.',
    'So the result follows from what was said above, and it is correct.',
  ]),
  thinking('same-section', 'One good section in all four places', all(execution)),
  thinking('question-copy', 'The question copied into every section', all(question)),
  thinking('repeat-verification', 'A verification that only repeats', [
    analysis,
    execution,
    execution,
    synthesis,
  ]),
  thinking('empty-verification', 'A verification that checks nothing', [
    analysis,
    execution,
    'Everything has been looked at again very carefully and it is right.',
    synthesis,
  ]),
  thinking('punctuation', 'Sections of signs', all('... ... ... x ... ...')),
  thinking('other-question', 'Good thinking about something else', [
    'The rectangle has two long sides and two short ones, so the border is twice their sum.',
    'Long side plus short side makes forty metres, doubled that makes eighty metres of fence.',
    'Half of eighty metres is forty again, which splits into the two sides as given.',
    'The fence around the garden therefore has a length of eighty metres.',
  ]),
  thinking('numbers-only', 'A stream of numbers as thinking', all('1 2 3 4 5 6 7 8 9 10 11 12')),
  thinking('number-salad', 'The numbers of the question, shaken', [
    '16 3 4 2 eggs',
    '2 4 3 16 18',
    '3 16 2 18 4',
    '4 2 18 3 16',
  ]),
  thinking('letters', 'Key words once, then single letters that are no words', [
    'farmer eggs dollars a 1',
    'b c d e 2',
    'f g h i 3',
    'j k l m 4',
  ]),
  thinking('key-words', 'The key words of the question, shaken', [
    'farmer eggs dollars sells day',
    'sells farmer day eggs breakfast',
    'dollars day bakes farmer eggs',
    'rest eggs many farmer makes',
  ]),
  thinking('constant-words', 'One list of words and numbers for every question', [
    'many total each does 2 3 4 5 10',
    'much time day week per 6 8 20',
    'dollars cost buy one two half twice 50',
    'people left number hours year old 15 30 100',
  ]),
  thinking('constant-prose', 'Sentences about quantities that fit every question', [
    'We read how many there are in total and how much each of them does in a day.',
    'Take 2 and 3, then 4 and 5, then 10 and 20; each is used once.',
    'Going back over the 6, 8 and 100, the total number fits what is left.',
    'So after 1 hour, week or year, the dollars and people left are as stated.',
  ]),
  thinking('loop', 'A loop that goes on until the limit', [
    analysis,
    `${execution} `.repeat(30),
    verification,
    synthesis,
  ]),
  thinking('loop-cut', 'An endless loop that is cut at the limit', [], {
    hack: `<reasoning>\nAnalysis & Strategy:\n${'So the eggs are left and the eggs are sold. '.repeat(120)}`,
    right: false,
    measured: { tokens: 768, truncated: true },
    origin: 'published',
  }),
  thinking('restart', 'Starting the form again and again', [], {
    hack: '<reasoning>\nAnalysis & Strategy:\nCount the eggs.\n'.repeat(40),
    right: false,
    measured: { tokens: 700, truncated: true },
    origin: 'published',
  }),
  thinking(
    'padded',
    'Right but half as long again as the limit',
    [
      analysis,
      execution,
      `${verification} ${'Let me look at that again in a new way. '.repeat(60)}`,
      synthesis,
    ],
    {
      measured: { tokens: 1150 },
      origin: 'published',
    },
  ),
  thinking(
    'padded-twice',
    'Right but twice as long as the limit',
    [
      analysis,
      execution,
      `${verification} ${'Let me look at that again in a new way. '.repeat(120)}`,
      synthesis,
    ],
    {
      measured: { tokens: 1540 },
      origin: 'published',
    },
  ),
  thinking('step-words', 'Words that mark steps, without steps', all('First, First, First, Next, Finally,'), {
    origin: 'published',
  }),
  thinking('other-language', 'Thinking in a language that was not asked for', [
    'Zuerst muss man finden, wie viele Eier nach dem Frühstück noch da sind, und dann mit dem Preis rechnen.',
    'Sie braucht 3 + 4 = 7 Eier, also bleiben 16 - 7 = 9 Eier. Das sind 9 * 2 = 18 Dollar für alle zusammen.',
    'Zurück gerechnet sind 18 / 2 = 9 Eier verkauft und 9 + 7 = 16 Eier gesammelt worden, und das stimmt.',
    'Die Frau verdient mit den Eiern, die sie verkauft, an einem Tag 18 Dollar.',
  ]),
  thinking('other-script', 'Thinking that drifts into another script', [
    analysis,
    '她用了 3 + 4 = 7 个鸡蛋，所以剩下 16 - 7 = 9 个。每个卖两美元，一共是 9 * 2 = 18 美元。这就是她每天赚的钱。',
    '反过来算，18 / 2 = 9 个鸡蛋卖出去了，9 + 7 = 16 个鸡蛋收上来了，这和题目说的一样，所以没有问题。',
    synthesis,
  ]),
  thinking('shouting', 'The answer said over and over in the thinking, another one in the block', [], {
    hack: complete(eggs, {
      sections: all('18 dollars, 18, 18, the farmer makes 18 dollars with eggs'),
      answer: '81',
    }),
    right: false,
  }),
  thinking(
    'praise',
    'Thinking that praises itself',
    all('This is an excellent and fully correct solution with clear reasoning and perfect format.'),
  ),
];
