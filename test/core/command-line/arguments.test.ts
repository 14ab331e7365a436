// The command line is drawn from the contract: every procedure has a spelling, and a word that does not fit gets a sentence that
// names it as it was typed, says what belongs there, and where to read on.
import { describe, expect, test } from 'vitest';
import { readInput } from '../../../core/command-line/arguments.ts';
import { findVerb } from '../../../core/command-line/find-verb.ts';
import { overview, verbHelp } from '../../../core/command-line/help.ts';
import { isPositional, spell, usage, type Verb } from '../../../core/command-line/verb.ts';
import { verbsOfContract } from '../../../core/command-line/verbs-of-contract.ts';
import { readWords } from '../../../core/command-line/words.ts';
import { contract } from '../../../core/contract/index.ts';

const verbs = verbsOfContract();

function verb(feature: string, name: string): Verb {
  const found = verbs.find((v) => v.feature === feature && v.verb === name);
  if (!found) throw new Error(`${feature} ${name}`);
  return found;
}

describe('what there is', () => {
  test('every procedure of the contract is a verb', () => {
    const procedures = Object.entries(contract).flatMap(([f, own]) =>
      Object.keys(own).map((v) => `${f} ${v}`),
    );
    expect(verbs.map((v) => `${v.feature} ${v.verb}`)).toEqual(procedures);
    for (const feature of Object.keys(contract)) expect(overview('1', verbs)).toContain(feature);
  });

  test.each(verbs.map((v) => [`${v.feature} ${v.verb}`, v] as const))(
    '%s: summary, usage, a sentence for every option, and verbs that it leads to',
    (_, v) => {
      expect(v.meta.summary).not.toBe('');
      expect(verbHelp(v)).toContain(usage(v));
      for (const name of v.meta.positional ?? []) expect(v.fields.map((f) => f.name)).toContain(name);
      for (const field of v.fields) {
        expect(field.description, spell(v, field)).toMatch(/\w+/);
        // What may be left out says what happens then.
        const isSaid =
          field.required ||
          field.fallback !== undefined ||
          /default|only|without|none|seed/.test(field.description);
        expect(isSaid || field.type !== 'integer', `${spell(v, field)}: ${field.description}`).toBe(true);
        // Only the last place may stay empty.
        if (isPositional(v, field) && v.meta.positional?.at(-1) !== field.name)
          expect(field.required, spell(v, field)).toBe(true);
      }
      for (const next of [v.meta.follow, v.meta.leave])
        if (next) expect(verbs.some((each) => each.feature === v.feature && each.verb === next)).toBe(true);
    },
  );

  test('help keeps to 100 columns but for the usage line', () => {
    for (const v of verbs)
      for (const line of verbHelp(v).split('\n'))
        if (!line.startsWith('Usage')) expect(line.length, line).toBeLessThanOrEqual(100);
  });
});

describe('words that fit', () => {
  test('positions, other spellings, numbers, lists, and none for null', () => {
    const read = (feature: string, name: string, words: string[]) => readInput(verb(feature, name), words);
    expect(read('datasets', 'import', ['a.jsonl', '--as', 'gsm8k', '--split', 'test'])).toEqual({
      from: 'a.jsonl',
      adapter: 'gsm8k',
      split: 'test',
    });
    expect(read('evals', 'start', ['m', '--source-id', 's', '--limit', '100', '--temperature=0.5'])).toEqual({
      modelId: 'm',
      sourceId: 's',
      limit: 100,
      temperature: 0.5,
    });
    expect(read('jobs', 'metrics', ['j', '--names', 'a', '--names', 'b'])).toEqual({
      id: 'j',
      names: ['a', 'b'],
    });
    expect(read('settings', 'set', ['--threads', 'none'])).toEqual({ threads: null });
    expect(read('rewards', 'score', ['r', '--completion', '-5', '--truncated'])).toEqual({
      rowId: 'r',
      completion: '-5',
      truncated: true,
    });
    expect(read('datasets', 'import', ['--as', 'rows', '--split', 'x', '--', '--odd.jsonl'])).toMatchObject({
      from: '--odd.jsonl',
    });
  });

  test('options of every command stand anywhere, help in three spellings', () => {
    const words = ['evals', 'list'];
    for (const args of [
      ['--lab', 'd', '--json', ...words],
      [...words, '--json', '--lab=d'],
      ['evals', '--lab', 'd', 'list', '--json'],
    ])
      expect(readWords(args)).toMatchObject({ lab: 'd', json: true, help: false, words });
    for (const args of [
      ['help', 'evals'],
      ['evals', 'help'],
      ['evals', '--help'],
      ['-h', 'evals'],
    ])
      expect(readWords(args)).toMatchObject({ help: true, words: ['evals'] });
    expect(readWords(['help'])).toMatchObject({ help: true, words: [] });
    expect(readWords(['--version']).version).toBe(true);
  });

  test('the name of a feature alone means its one verb that says so', () => {
    expect(findVerb(verbs, ['demo', '--seed', '2'])).toMatchObject({
      verb: { verb: 'run' },
      rest: ['--seed', '2'],
    });
    expect(() => findVerb(verbs, ['evals'])).toThrow(/wants a verb: start, wait/);
  });
});

describe('words that do not fit', () => {
  const importing: [string[], RegExp][] = [
    [
      ['a', '--as', 'gsm8k'],
      /datasets import needs --split: train, validation, .*See: npx forethought datasets import --help/,
    ],
    [['--as', 'gsm8k', '--split', 'test'], /needs <from>: path of a \.jsonl/],
    [['a', 'b', '--as', 'gsm8k', '--split', 'test'], /takes no "b" here/],
    [['a', '--sa', 'gsm8k'], /has no option --sa\. Did you mean --as\?/],
    [['a', '--adapter', 'gsm8k'], /has no option --adapter\. Did you mean --as\?/],
    [
      ['a', '--as', 'gms8k', '--split', 'test'],
      /--as wants one of gsm8k, ai2_arc, rows, not "gms8k"\. Did you mean gsm8k\?/,
    ],
    [['a', '--as', '--split', 'test'], /--as wants one of gsm8k/],
    [['a', '--as', 'rows', '--as', 'gsm8k', '--split', 'test'], /wants --as only once/],
    [['', '--as', 'rows', '--split', 'test'], /<from> wants a text/],
  ];
  test.each(importing)('datasets import %j', (words, message) => {
    expect(() => readInput(verb('datasets', 'import'), words)).toThrow(message);
  });

  const starting: [string[], RegExp][] = [
    [['--limit', 'many'], /--limit wants a whole number from 1 to 1000000, not "many"/],
    [['--limit', 'NaN'], /not "NaN"/],
    [['--limit', ''], /not ""/],
    [['--limit', '0'], /from 1 to 1000000, not "0"/],
    [['--limit', '1.5'], /a whole number .* not "1\.5"/],
    [['--limit', '-3'], /not "-3"/],
    [['--temperature', '4.01'], /--temperature wants a number from 0 to 4, not "4\.01"/],
    [['--seed', '1e400'], /--seed wants a whole number from 0 to 9007199254740991, not "1e400"/],
    [['--seed', '99999999999999999999'], /from 0 to 9007199254740991, not "99999999999999999999"/],
    [['--seed', '-1'], /--seed wants a whole number from 0 up, not "-1"/],
    [['--name', 'x'.repeat(121)], /--name wants a text of at most 120 characters, not "x{60}…"/],
    [['--model-id', 'm'], /takes <model-id> by its place, without --model-id/],
    [['--limt', '3'], /has no option --limt\. Did you mean --limit\?/],
    [['--jsn'], /Did you mean --json\?/],
    [['-x'], /has no option -x\. See:/],
  ];
  test.each(starting)('evals start %j', (words, message) => {
    expect(() => readInput(verb('evals', 'start'), ['m', '--source-id', 's', ...words])).toThrow(message);
  });

  test('features, verbs and the options of every command', () => {
    expect(() => findVerb(verbs, ['dataset', 'list'])).toThrow(/no "dataset"\. Did you mean datasets\?/);
    expect(() => findVerb(verbs, ['datasets', 'lst'])).toThrow(/no verb "lst"\. Did you mean list\?/);
    expect(() => findVerb(verbs, ['datasets', 'frobnicate'])).toThrow(
      /no verb "frobnicate"\. It has: list, import/,
    );
    expect(() => findVerb(verbs, ['--seed', '3', 'demo'])).toThrow(/--seed is no option of every command/);
    for (const args of [['--lab'], ['--lab', ''], ['--lab='], ['--lab', '--json']])
      expect(() => readWords(args), args.join(' ')).toThrow(/--lab wants a folder/);
  });
});
