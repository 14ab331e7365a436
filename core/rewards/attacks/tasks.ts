// The rows that the attacks are about, one for each kind of answer, each with an honest completion.
import type { Row } from '../../contract/row.ts';
import { renderCompletion } from '../render.ts';
import { fourStep } from '../structure.ts';

export interface Task {
  row: Row;
  /** The four sections of an honest completion. */
  sections: readonly [string, string, string, string];
  answer: string;
}

function task(
  change: Partial<Row> & Pick<Row, 'id' | 'question'>,
  sections: Task['sections'],
  answer: string,
): Task {
  const source = {
    dataset: 'attacks',
    config: 'main',
    split: 'test',
    revision: null,
    index: 0,
    licence: null,
  };
  const row: Row = {
    answer,
    answerRaw: answer,
    domain: 'math',
    choices: null,
    context: null,
    answerType: 'number',
    verifier: null,
    source,
    choicePermutation: null,
    flags: [],
    hash: change.id,
    ...change,
  };
  return { row, sections, answer };
}

export const eggs = task(
  {
    id: 'attacks:eggs',
    question:
      'A farmer collects 16 eggs a day. She eats 3 for breakfast and bakes with 4. She sells the rest for 2 dollars each. ' +
      'How many dollars does she make a day?',
    answerRaw: '#### 18',
  },
  [
    'Find how many eggs are left after breakfast and baking, then multiply by the price of an egg.',
    'She uses 3 + 4 = 7 eggs, so 16 - 7 = 9 eggs are left. At 2 dollars each they bring 9 * 2 = 18 dollars.',
    'Going back from the money, 18 / 2 = 9 eggs were sold, and 9 + 7 = 16 eggs were collected. That fits.',
    'The farmer makes 18 dollars a day with the eggs that she sells.',
  ],
  '18',
);

export const plants = task(
  {
    id: 'attacks:plants',
    question: 'By which process do green plants turn the light of the sun into stored chemical energy?',
    domain: 'science',
    answerType: 'choice',
    choices: ['digestion', 'respiration', 'photosynthesis', 'condensation'],
  },
  [
    'The question asks for the process in green plants that takes up light and stores its energy.',
    'Digestion breaks food down, respiration releases energy, condensation concerns water. Only photosynthesis stores light.',
    'In the other direction, respiration uses the sugar that this process made, so it cannot be the same one.',
    'Green plants store the energy of the sun by photosynthesis, which is option C.',
  ],
  'C',
);

export const city = task(
  {
    id: 'attacks:city',
    question: 'In which city stands the tower that the engineer Gustave Eiffel built for the fair of 1889?',
    domain: 'logic',
    answerType: 'text',
    verifier: { golds: ['Paris', 'Paris, France'] },
  },
  [
    'Two things must be joined: which tower Gustave Eiffel built, and in which city it stands.',
    'His company built the iron tower for the fair of 1889, which was held on the Champ de Mars in Paris.',
    'Eiffel also worked in Porto and Budapest, but on bridges and a station, not on a tower for a fair.',
    'The tower that the question means stands in Paris.',
  ],
  'Paris',
);

export const squares = task(
  {
    id: 'attacks:squares',
    question:
      'Write a function sum_squares(n) that returns the sum of the squares of the whole numbers from 1 to n.',
    domain: 'coding',
    answerType: 'code',
    verifier: {
      tests: ['assert sum_squares(1) == 1', 'assert sum_squares(3) == 14', 'assert sum_squares(10) == 385'],
      imports: [],
      setup: '',
    },
  },
  [
    'The function needs the squares of all whole numbers from 1 to n, added up.',
    'A sum over range(1, n + 1) of i * i visits each number once and returns the total.',
    'For n = 3 this gives 1 + 4 + 9 = 14, and for n = 1 it gives 1, as it should.',
    'The function sum_squares adds i * i for every i from 1 to n.',
  ],
  '```python\ndef sum_squares(n):\n    return sum(i * i for i in range(1, n + 1))\n```',
);

const PASSAGE =
  'The town council voted on Tuesday to close the old harbour bridge from October. Engineers had found cracks in two of its ' +
  'piers during an inspection in spring. A ferry will carry people and bicycles across the water while the bridge is rebuilt, ' +
  'which is expected to take three years. Shop owners on the island fear that they will lose customers during that time.';

export const bridge = task(
  {
    id: 'attacks:bridge',
    question: 'Summarise the article in one or two sentences.',
    context: PASSAGE,
    domain: 'summarization',
    answerType: 'open',
    answer: null,
    answerRaw: '',
    verifier: { rubricId: 'summary@1' },
  },
  [
    'The summary must say what happens to the bridge, why, and what it means for people on the island.',
    'The council closes the harbour bridge because piers are cracked; rebuilding needs three years and a ferry stands in.',
    'Nothing of that goes beyond the article: the vote, the engineers and the shop owners are all named there.',
    'Two sentences are enough: the closure with its reason, then the ferry and the fear of the shop owners.',
  ],
  'Because its piers are cracked, the harbour bridge will be shut from October and rebuilt over three years. A ferry takes ' +
    'over meanwhile, and island shops worry about losing business.',
);

export const lighthouse = task(
  {
    id: 'attacks:lighthouse',
    question:
      'Write a short story about a lighthouse keeper who finds a letter in a bottle on the beach after a storm.',
    domain: 'creative',
    answerType: 'open',
    answer: null,
    answerRaw: '',
    verifier: { rubricId: 'writing@1' },
  },
  [
    'The story needs the keeper, the storm that has passed, the bottle on the beach and what the letter changes for him.',
    'Begin in the quiet after the storm, let him find the bottle among kelp, and let the letter turn out to be his own.',
    'The request names a keeper, a letter, a bottle, a beach and a storm; all five appear, and it stays short.',
    'A keeper finds, after a storm, the letter that he himself threw into the sea as a boy.',
  ],
  'When the storm had blown itself out, old Marek climbed down from the lighthouse to see what was left of the beach. Among ' +
    'the kelp lay a green bottle, sealed with wax, and inside it a letter in a careful, childish hand. He read the first line ' +
    'twice. It was his own name, and the date was sixty years gone. The keeper sat on a wet stone and laughed until the gulls ' +
    'flew up, because the boy he had been had asked only one thing: is there anybody out there?',
);

/** The honest completion of a task, or one with some of it changed. */
export function complete(of: Task, change: { sections?: readonly string[]; answer?: string } = {}): string {
  return renderCompletion(fourStep, {
    sections: [...(change.sections ?? of.sections)],
    answer: change.answer ?? of.answer,
  });
}
