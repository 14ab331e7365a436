// A lab with 200,000 rows for the benches of the table: generated questions, imported as a person would.

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createRouterClient } from '@orpc/server';
import { createCore } from '../../core/create-core.ts';

export const bigRows = 200_000;

const things = ['apples', 'pears', 'books', 'shells', 'coins', 'stones', 'cups', 'pens'];
const names = ['Ann', 'Ben', 'Cara', 'Dan', 'Eve', 'Finn', 'Gus', 'Hana', 'Ida', 'Jan'];
const domains = ['math', 'science', 'logic', 'general-knowledge'];

/** Imports the rows into the lab; about 20 s on two cores. */
export async function makeBigLab(folder: string): Promise<void> {
  const path = join(folder, 'rows.jsonl');
  const file = createWriteStream(path);
  for (let i = 0; i < bigRows; i++) if (!file.write(`${JSON.stringify(row(i))}\n`)) await once(file, 'drain');
  file.end();
  await once(file, 'finish');
  const core = await createCore({ lab: join(folder, 'lab') });
  try {
    const client = createRouterClient(core.router, { context: {} });
    await client.datasets.import({ from: path, adapter: 'rows', split: 'train' });
  } finally {
    await core.close();
  }
}

function row(i: number) {
  const [name, thing] = [names[i % names.length], things[(i >> 3) % things.length]];
  const gain = (i * 7919) % 97;
  return {
    id: `bench:all:train:${i}`,
    question: `${name} has ${i} ${thing} and gets ${gain} more. How many ${thing} does ${name} have now?`,
    answer: String(i + gain),
    answerRaw: String(i + gain),
    domain: domains[i % domains.length],
    choices: null,
    context: null,
    answerType: 'number',
    verifier: null,
    source: {
      dataset: 'bench',
      config: 'all',
      split: 'train',
      revision: null,
      index: i,
      licence: 'Apache-2.0',
    },
    choicePermutation: null,
    flags: [],
    hash: '',
  };
}
