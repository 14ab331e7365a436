// The command line is drawn from the contract: every procedure has a spelling, bad words get a sentence that names them.
import { expect, test } from 'vitest';
import { readInput, usage, type Verb, verbsOf } from '../../../core/command-line/arguments.ts';
import { verbHelp } from '../../../core/command-line/help.ts';
import { aligned, printable } from '../../../core/command-line/print.ts';
import { contract } from '../../../core/contract/index.ts';

function verb(feature: string, name: string): Verb {
  const found = verbsOf(feature).find((v) => v.verb === name);
  if (!found) throw new Error(`${feature} ${name}`);
  return found;
}

test('every procedure has a summary, a usage line, and positional names that exist', () => {
  for (const feature of Object.keys(contract))
    for (const v of verbsOf(feature)) {
      expect(v.meta.summary, `${feature} ${v.verb}`).not.toBe('');
      expect(verbHelp(v)).toContain(usage(v));
      for (const name of v.meta.positional ?? []) expect(v.fields.map((f) => f.name)).toContain(name);
    }
});

test('positions, other spellings and numbers', () => {
  expect(readInput(verb('datasets', 'import'), ['a.jsonl', '--as', 'gsm8k', '--split', 'test'])).toEqual({
    from: 'a.jsonl',
    adapter: 'gsm8k',
    split: 'test',
  });
  expect(
    readInput(verb('evals', 'start'), ['m', '--source-id', 's', '--limit', '100', '--temperature=0.5']),
  ).toEqual({
    modelId: 'm',
    sourceId: 's',
    limit: 100,
    temperature: 0.5,
  });
  expect(readInput(verb('jobs', 'metrics'), ['j', '--names', 'a', '--names', 'b'])).toEqual({
    id: 'j',
    names: ['a', 'b'],
  });
});

test.each([
  [['a.jsonl', '--as', 'gsm8k'], /Missing --split/],
  [['--as', 'gsm8k', '--split', 'test'], /Missing <from>/],
  [['a', 'b', '--as', 'gsm8k', '--split', 'test'], /Unexpected argument "b"/],
  [['a', '--sa', 'gsm8k'], /Unknown option '--sa'/],
])('%j is refused', (words, message) => {
  expect(() => readInput(verb('datasets', 'import'), words)).toThrow(message);
});

test('a word where a number belongs is refused', () => {
  expect(() => readInput(verb('evals', 'start'), ['m', '--source-id', 's', '--limit', 'many'])).toThrow(
    /--limit wants a number, not "many"/,
  );
});

test('tables put numbers to the right and name what is empty', () => {
  expect(
    aligned([
      ['name', 'n'],
      ['a', '5'],
      ['bb', '10'],
    ]),
  ).toBe('name   n\na      5\nbb    10');
  expect(printable([])).toBe('nothing here yet');
  expect(printable([{ share: { share: 0.5, low: 0.4, high: 0.6, n: 10 }, name: 'x' }])).toContain(
    '50.0 % (40.0–60.0, n 10)',
  );
});
