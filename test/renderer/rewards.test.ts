// The pure pieces of the Rewards screen: margins of a completion, drafts of a suite, questions of one's own, stored sets.
import './page.ts';
import { describe, expect, it, vi } from 'vitest';
import type { PartOutcome } from '../../core/contract/rewards.ts';
import { attacks } from '../../core/rewards/attacks/list.ts';
import { parseCompletion } from '../../core/rewards/parse.ts';
import { fourStep } from '../../core/rewards/structure.ts';
import { compileSuite } from '../../core/rewards/suite.ts';
import { shippedSuites } from '../../core/rewards/suites/shipped.ts';
import { marksOf, sectionNotes } from '../../renderer/rewards/completion-marks.ts';
import { type OwnDraft, ownRow } from '../../renderer/rewards/own-row.ts';
import {
  redo,
  setPlayground,
  undo,
  usePlayground,
  writeCompletion,
} from '../../renderer/rewards/playground-state.ts';
import { startsFor } from '../../renderer/rewards/starts.ts';
import { withAdded, withMoved, withParam, withPart } from '../../renderer/rewards/suite-draft.ts';
import { paramInWords, valueInWords, whenInWords, withoutField } from '../../renderer/rewards/suite-words.ts';
import { resumeTrial, setOf, setOptions } from '../../renderer/rewards/trial.ts';
import { historyKey } from '../../renderer/ui/marked-text-area.tsx';

const [first] = attacks;
if (!first) throw new Error('The attack list is empty.');
const [suite] = shippedSuites;
if (!suite) throw new Error('No suite ships.');
const honest = first.honest;

function outcomesOf(text: string): PartOutcome[] {
  const scorer = compileSuite(suite);
  return scorer.explain(first!.row, text).map((outcome) => {
    const { fn, min, max } = scorer.parts.find(({ id }) => id === outcome.id)!;
    return { ...outcome, fn, min, max, applies: true };
  });
}

describe('the margin of a completion', () => {
  it('has a verdict at every heading', () => {
    const notes = sectionNotes(honest, parseCompletion(honest, fourStep), outcomesOf(honest));
    expect(notes.map(({ at }) => honest.slice(at, at + 8))).toEqual(
      fourStep.headings.map((heading) => heading.slice(0, 8)),
    );
    expect(notes.every(({ tone, words }) => tone === 'good' && /^\d+ words$/.test(words))).toBe(true);
  });

  it('says which section has no thinking of its own, in the words of the part that found it', () => {
    const thin = honest.replace(/(Final Synthesis:\n)[^\n]+/, '$1Yes, 18.');
    const notes = sectionNotes(thin, parseCompletion(thin, fourStep), outcomesOf(thin));
    expect(notes.map(({ tone }) => tone)).toEqual(['good', 'good', 'good', 'warn']);
    expect(notes[3]?.words).toBe('has only 2 words');
  });

  it('names a deviation before anything else', () => {
    const nested = honest.replace('Find how', '<reasoning>Find how');
    const parsed = parseCompletion(nested, fourStep);
    const [note] = sectionNotes(nested, parsed, []);
    expect(note).toMatchObject({ words: 'nested tag', tone: 'bad' });
    const named = marksOf(parsed, null).filter(({ title }) => title?.startsWith('nested tag'));
    expect(named.map(({ span }) => nested.slice(...span))).toContain('<reasoning>');
  });
});

describe('a text to start from', () => {
  it.each(shippedSuites.map((each) => [each.name, each.version, each] as const))(
    'is in the form of %s %i, the honest one strictly',
    (_name, _version, each) => {
      const scorer = compileSuite(each);
      const starts = startsFor({ suite: each } as never);
      expect(starts.length).toBeGreaterThan(3);
      const [one] = starts;
      expect(parseCompletion(one?.change.completion ?? '', scorer.structure).reading).toBe('strict');
    },
  );
});

describe('a draft of a suite', () => {
  it('keeps only parameters that were chosen', () => {
    const at = suite.parts.findIndex(({ id }) => id === 'sections');
    const changed = withParam(suite, at, 'minWords', 9, 5);
    expect(changed.parts[at]?.params).toEqual({ minWords: 9 });
    expect(withParam(changed, at, 'minWords', 5, 5)).toEqual(suite);
  });

  it('leaves out conditions that name nothing', () => {
    const limited = withPart(suite, 0, { when: { domain: ['math'] } });
    expect(limited.parts[0]?.when).toEqual({ domain: ['math'] });
    expect(withPart(limited, 0, { when: { domain: [] } })).toEqual(suite);
  });

  it('gives a new part an id of its own, and moves parts within the list', () => {
    const two = withAdded(withAdded(suite, 'structure'), 'structure');
    expect(two.parts.slice(-2).map(({ id }) => id)).toEqual(['structure', 'structure-2']);
    expect(withMoved(suite, 0, -1)).toEqual(suite);
    expect(withMoved(withMoved(suite, 0, 1), 1, -1)).toEqual(suite);
    expect(
      withMoved(suite, 0, 1)
        .parts.map(({ id }) => id)
        .slice(0, 2),
    ).toEqual(['sections', 'format']);
  });

  it('is told in words', () => {
    expect(paramInWords('maxOnTopic')).toBe('max on topic');
    expect(whenInWords(undefined)).toBe('always');
    expect(whenInWords({ domain: ['general-knowledge'], answerType: ['open'] })).toBe(
      'general knowledge · open answers',
    );
    expect([null, true, ['math', 'logic'], { id: 'x', fn: 'answer', weight: 2 }].map(valueInWords)).toEqual([
      'default',
      'yes',
      'math, logic',
      'answer, weight 2',
    ]);
  });
});

describe('a question of one’s own', () => {
  const draft: OwnDraft = {
    question: 'What is 2 + 2?',
    answer: '4',
    answerType: 'number',
    domain: 'math',
    lines: '',
  };
  const missing = (change: Partial<OwnDraft>) => ownRow({ ...draft, ...change }).missing;

  it('says what is missing', () => {
    expect(missing({})).toBeNull();
    expect(missing({ question: ' ' })).toMatch(/question/);
    expect(missing({ answer: '' })).toMatch(/right answer/);
    expect(missing({ answerType: 'choice', lines: 'one' })).toMatch(/two options/);
    expect(missing({ answerType: 'choice', lines: 'one\ntwo', answer: 'C' })).toMatch(/A to B/);
    expect(missing({ answerType: 'code' })).toMatch(/test/);
    expect(missing({ answerType: 'open', answer: '' })).toBeNull();
  });

  it('becomes a row with a letter, tests, or nothing to check against', () => {
    const row = (change: Partial<OwnDraft>) => ownRow({ ...draft, ...change }).row;
    expect(row({ answerType: 'choice', lines: ' one \n\ntwo', answer: 'b' })).toMatchObject({
      choices: ['one', 'two'],
      answer: 'B',
    });
    expect(row({ answerType: 'code', lines: 'assert f(1) == 2' })).toMatchObject({
      answer: null,
      verifier: { tests: ['assert f(1) == 2'] },
    });
    expect(row({ answerType: 'open' })?.answer).toBeNull();
  });
});

it('a stored set is found again by the value that the list gave it, a file with a drive letter too', () => {
  const file = 'C:\\data\\made.jsonl';
  const options = setOptions(
    [
      { id: 'e', name: 'base', done: 3 },
      { id: 'empty', name: 'none', done: 0 },
    ],
    [{ id: 'r', name: 'run', step: 5 }],
    [file, '/later.jsonl'],
  );
  expect(options.map(({ value }) => setOf(value))).toEqual([
    { file },
    { file: '/later.jsonl' },
    { evaluation: 'e' },
    { run: 'r' },
  ]);
  expect(options[0]?.label).toBe('made.jsonl');
});

it.each(['no JSON', '{}', '{"set":"e","left":{},"right":"mine@1"}'])(
  'a note of a trial that is none (%s) is removed when the window starts, and stops nothing',
  (note) => {
    const store = new Map([['rewards.trial', note]]);
    vi.stubGlobal('sessionStorage', {
      getItem: (key: string) => store.get(key) ?? null,
      removeItem: (key: string) => store.delete(key),
    });
    resumeTrial();
    expect([...store]).toEqual([]);
    vi.unstubAllGlobals();
  },
);

describe('the text of the playground', () => {
  it('comes back by undo when an example replaced it, and letters typed together go together', () => {
    const text = () => usePlayground.getState().completion;
    const first = text();
    for (const typed of ['o', 'ow', 'own']) writeCompletion(typed);
    setPlayground({ completion: 'an example', suite: 'open-r1@1' });
    undo();
    expect(text()).toBe('own');
    expect(usePlayground.getState().suite).toBeNull();
    undo();
    expect(text()).toBe(first);
    undo();
    expect(text()).toBe(first);
    redo();
    redo();
    expect(text()).toBe('an example');
    writeCompletion('other');
    redo();
    expect(text()).toBe('other');
    const press = { key: 'Z', ctrlKey: true, metaKey: false, shiftKey: true, altKey: false };
    expect([
      historyKey(press),
      historyKey({ ...press, shiftKey: false }),
      historyKey({ ...press, key: 'x' }),
    ]).toEqual(['redo', 'undo', null]);
  });
});

it('an error in the window does not begin with the option of the command line', () => {
  expect(withoutField(new Error('set: there is no file x.')).message).toBe('There is no file x.');
  expect(withoutField(new Error('ValueError: x')).message).toBe('ValueError: x');
});
