// What comes with the program is brought into a lab by the very command that its messages name.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openBlobs } from '../../../core/blobs/blobs.ts';
import { createActivities } from '../../../core/catalog/activities.ts';
import { openCatalog } from '../../../core/catalog/catalog.ts';
import { createChanges } from '../../../core/catalog/changes.ts';
import { readInput } from '../../../core/command-line/arguments.ts';
import { findVerb } from '../../../core/command-line/find-verb.ts';
import { verbsOfContract } from '../../../core/command-line/verbs-of-contract.ts';
import { readWords } from '../../../core/command-line/words.ts';
import { createDatasets } from '../../../core/datasets/datasets.ts';
import { addShippedBase, importShipped } from '../../../core/lab/shipped.ts';
import { findPromptTemplate } from '../../../core/rewards/prompt-template.ts';
import { shellWords } from '../../fixtures/shell-words.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

/** What the command line would ask the core. */
function asked(command: string | null) {
  const { words, lab } = readWords(shellWords(command ?? '').slice(2));
  const { verb, rest } = findVerb(verbsOfContract(), words);
  return { verb: `${verb.feature} ${verb.verb}`, input: readInput(verb, rest), lab };
}

test('each split of the embedded model, and the model itself, has a command that brings it in', () => {
  for (const name of [
    'tiny-tasks:train',
    'tiny-tasks:validation',
    'tiny-tasks:held-out',
    'tiny-open:held-out',
  ]) {
    const { verb, input, lab } = asked(importShipped(name, '/my labs/one'));
    const split = name.split(':')[1];
    expect([verb, lab, input]).toEqual([
      'datasets import',
      '/my labs/one',
      { from: expect.stringMatching(/^resources\//), adapter: 'rows', split },
    ]);
    const [line = ''] = readFileSync(String(input['from']), 'utf8').split('\n');
    expect(JSON.parse(line).source).toMatchObject({ dataset: name.split(':')[0], split });
  }
  const { verb, input } = asked(addShippedBase('tiny-gemma2', 'lab'));
  expect([verb, existsSync(join(String(input['path']), 'manifest.json'))]).toEqual(['models add', true]);
});

test('what does not come with the program has none', () => {
  for (const name of ['gsm8k:train', 'tiny-tasks', 'tiny-tasks:no-such', 'constructor:train'])
    expect(importShipped(name, 'lab')).toBeNull();
  expect(addShippedBase('gemma-2-2b-it', 'lab')).toBeNull();
});

test('a source that is not in the lab is told with the command that imports it', () => {
  const changes = createChanges();
  const folder = tempFolder();
  const datasets = createDatasets({
    ...{ catalog: openCatalog(join(folder, 'catalog.db')), blobs: openBlobs(join(folder, 'blobs')) },
    ...{ changes, activities: createActivities(changes), now: Date.now, template: findPromptTemplate },
    importShipped: (name) => importShipped(name, 'lab'),
  });
  expect(() => datasets.resolveSource('tiny-tasks:train')).toThrow(
    'comes with Forethought; import it: `npx forethought datasets import resources/models/tiny/tasks/train.jsonl --as rows --split train --lab lab`.',
  );
  expect(() => datasets.resolveSource('gsm8k')).toThrow(
    /Import some: `npx forethought datasets import --help`/,
  );
});
