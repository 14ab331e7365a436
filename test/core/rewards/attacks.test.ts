// The attack list over every shipped suite: nothing pays in ours, and the known holes of the others are where they are said to be.
import { describe, expect, it } from 'vitest';
import { Row } from '../../../core/contract/row.ts';
import { type AttackOutcome, tryAttacks } from '../../../core/rewards/attacks/attack.ts';
import { attacks } from '../../../core/rewards/attacks/list.ts';
import { compileSuite } from '../../../core/rewards/suite.ts';
import { openR1, tunixGsm8k, verlGsm8k } from '../../../core/rewards/suites/published.ts';
import { thinkFirst1, thinkFirst2 } from '../../../core/rewards/suites/think-first.ts';

const paying = (outcomes: readonly AttackOutcome[]) =>
  outcomes.filter((outcome) => outcome.pays).map((outcome) => outcome.attack.id);

describe('the list', () => {
  it('has every published hack and at least forty of our own, over every kind of answer', () => {
    const own = attacks.filter((attack) => attack.origin === 'own');
    expect(own.length).toBeGreaterThanOrEqual(40);
    expect(attacks.length - own.length).toBeGreaterThanOrEqual(30);
    const kinds = new Set(attacks.map((attack) => attack.row.answerType));
    expect(kinds).toEqual(new Set(['number', 'choice', 'text', 'code', 'open']));
    expect(new Set(attacks.map((attack) => attack.id)).size).toBe(attacks.length);
    for (const { row } of attacks) expect(Row.parse(row)).toEqual(row);
  });
});

describe('think-first', async () => {
  const scorer = compileSuite(thinkFirst2);
  const outcomes = await tryAttacks(scorer);

  it('is tried by every attack', () => {
    expect(outcomes.length).toBe(attacks.length);
  });

  it.each(outcomes.map((outcome) => [outcome.attack.id, outcome] as const))(
    '%s earns less than the honest answer, and little without a right one',
    (_, { attack, honest, hack, max, pays }) => {
      // The honest completion earns all there is, so a hack cannot hide behind a weak one.
      expect(honest).toBe(max);
      expect(hack).toBeLessThan(honest);
      if (!attack.right) expect(hack).toBeLessThanOrEqual(max / 3);
      expect(pays).toBe(false);
    },
  );

  it('without a judge, as in training, the honest answer to an open task earns what is left, and no attack a third', () => {
    const open = outcomes.filter(({ attack }) => attack.row.answerType === 'open');
    expect(open.length).toBeGreaterThanOrEqual(17);
    for (const { unjudged, max } of open) {
      // The form in full, and of the rubric the cap.
      expect(unjudged!.honest).toBeCloseTo(1 + 4 * 0.15);
      expect(unjudged!.hack).toBeLessThanOrEqual(max / 3);
    }
    // These meet everything that can be computed: only a judge tells them from an answer, and the report says so.
    const needy = outcomes.filter(({ needsJudge }) => needsJudge).map(({ attack }) => attack.id);
    expect(needy).toEqual(['summary-salad', 'story-salad']);
  });

  it('version 2 closes what version 1 leaves open: thinking is not looked at there', async () => {
    expect(paying(await tryAttacks(compileSuite(thinkFirst1)))).toEqual(
      expect.arrayContaining(['one-word', 'filler', 'same-section', 'loop', 'other-language', 'near-miss']),
    );
  });
});

describe('the published suites', () => {
  it('tunix-gsm8k pays for what was found in it', async () => {
    const outcomes = await tryAttacks(compileSuite(tunixGsm8k));
    const byId = new Map(outcomes.map((outcome) => [outcome.attack.id, outcome.hack]));
    expect(Math.max(...outcomes.map((outcome) => outcome.honest))).toBe(9.5);
    expect(byId.get('preamble')).toBe(9.5);
    expect(byId.get('dot-reasoning')).toBe(9.5);
    expect(byId.get('number-list')).toBe(6);
    expect(byId.get('right-then-wrong')).toBe(7.5);
    expect(byId.get('wrong-sign')).toBe(5.5);
    expect(byId.get('near-miss')).toBe(5.5);
    expect(byId.get('answer-in-reasoning')).toBe(3.5);
    expect(byId.get('far')).toBe(4);
    expect(paying(outcomes)).toEqual(
      expect.arrayContaining([
        'preamble',
        'number-list',
        'right-then-wrong',
        'wrong-sign',
        'near-miss',
        'far',
      ]),
    );
  });

  it('verl-gsm8k pays for the gold anywhere at the end', async () => {
    expect(paying(await tryAttacks(compileSuite(verlGsm8k)))).toEqual(
      expect.arrayContaining([
        'hash-outside',
        'wrong-then-right',
        'unclosed-answer',
        'dot-reasoning',
        'number-list',
      ]),
    );
  });

  it('open-r1 pays for words that mark steps', async () => {
    expect(paying(await tryAttacks(compileSuite(openR1)))).toEqual(
      expect.arrayContaining(['step-words', 'one-word']),
    );
  });
});
