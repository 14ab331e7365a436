// Lets the engines compute a round of the parity proof, and compares them: every model between the engines, the four forms within each.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareLogits, compareTexts, type Difference, placeOf } from './figures.ts';
import { FORMS, REFERENCE, type Sides } from './plan.ts';
import { askLlama, askTorch, askTunix, type LlamaPrecision, type Questions } from './sides.ts';

/** A folder of logits: an engine, and llama.cpp with its precision. */
export type Side = 'tunix' | 'torch' | `llama-${LlamaPrecision}`;

/**
 * The largest |difference| of a logit of a model between Tunix and a side; first choices must be the same, but for tokens that lie within
 * twice so much of each other, and greedy texts must be the same. Null: everything is stated only.
 */
export type Bounds = (side: Exclude<Side, 'tunix'>, what: string) => number | null;

/** float32 in two frameworks; and llama.cpp, which sums in another order and rounds activations to a matrix's type. */
export const BOUNDS = { torch: 1e-4, 'llama-float32': 2e-2, 'llama-app': 2e-2 };

export interface Figure {
  what: string;
  between: string;
  difference: Difference;
  texts: { same: number; of: number } | null;
  /** Null: what was measured is stated only. */
  bound: number | null;
}

export interface Asked {
  questions: Questions;
  vocabulary: number;
  /** The environment with torch; null leaves that engine out. */
  python: string | null;
  precisions: readonly LlamaPrecision[];
}

/** Lets the engines work, one after the other; one that has ended in this folder before is not asked again. */
export async function compute(sides: Sides, asked: Asked, folder: string): Promise<void> {
  const { questions, python } = asked;
  const once = async (side: Side, work: (out: string) => Promise<void>) => {
    const out = join(folder, side);
    if (existsSync(`${out}.done`)) return;
    await work(out);
    writeFileSync(`${out}.done`, '');
  };
  await once('tunix', (out) => askTunix(questions, sides.make, sides.tunix, out));
  if (python !== null) await once('torch', (out) => askTorch(python, questions, sides.torch, out));
  for (const precision of asked.precisions)
    await once(`llama-${precision}`, (out) => askLlama(questions, sides.llama[precision], precision, out));
}

/** Every variant between the engines, and every form against the first within an engine. */
export function figuresOf(sides: Sides, asked: Asked, folder: string, bounds: Bounds): Figure[] {
  const variantsOf = (side: Side) =>
    side === 'llama-float32' ? sides.llama.float32 : side === 'llama-app' ? sides.llama.app : sides[side];
  const has = (side: Side, name: string) => variantsOf(side).some((variant) => variant.name === name);
  const isGreedy = (side: Side, name: string) =>
    variantsOf(side).some((variant) => variant.name === name && variant.greedy);
  const figure = (what: string, one: readonly [Side, string], other: readonly [Side, string]): Figure => {
    const [a, b] = [placeOf(folder, ...one), placeOf(folder, ...other)];
    const side = other[0] === 'tunix' ? 'torch' : other[0];
    const bound = bounds(side, what);
    return {
      what,
      between: one[0] === other[0] ? `${one[0]}: ${one[1]} | ${other[1]}` : `${one[0]} | ${other[0]}`,
      difference: compareLogits(a, b, asked.vocabulary, bound ?? Number.POSITIVE_INFINITY),
      texts: isGreedy(...one) && isGreedy(...other) ? compareTexts(a, b) : null,
      bound,
    };
  };
  const others: Exclude<Side, 'tunix'>[] = [
    ...(asked.python === null ? [] : (['torch'] as const)),
    ...asked.precisions.map((precision) => `llama-${precision}` as const),
  ];
  const across = ['base', 'base+grpo', ...FORMS].flatMap((variant) =>
    others
      .filter((side) => has(side, variant))
      .map((side) => {
        const mine = has('tunix', variant) ? variant : REFERENCE;
        const what = mine === variant ? variant : `${variant} (Tunix: ${mine})`;
        return figure(what, ['tunix', mine], [side, variant]);
      }),
  );
  const forms = (['tunix', ...others] as const).flatMap((side) => {
    const [first, ...rest] = FORMS.filter((form) => has(side, form));
    return rest.map((form) => figure('forms agree', [side, first ?? REFERENCE], [side, form]));
  });
  return [...across, ...forms];
}

/** What of a figure misses its bound, in words; empty when it holds. */
export function missed({ difference, texts, bound }: Figure): string[] {
  if (bound === null) return [];
  return [
    ...(difference.largest <= bound ? [] : [`|Δlogit| above ${bound}`]),
    ...(difference.contradictions === 0 ? [] : [`${difference.contradictions} other first choices`]),
    ...(texts === null || texts.same === texts.of ? [] : [`${texts.of - texts.same} other greedy texts`]),
  ];
}
