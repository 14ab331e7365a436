// The 100,000 rollouts that the browser of a run's rollouts is measured with: in the core, and in the window.
import type { Catalog } from '../../core/catalog/catalog.ts';
import { insertRollouts } from '../../core/jobs/insert-rows.ts';

export const manyRollouts = 100_000;
let seed = 1;

/** Gives them to a run that has none, as ingestion does it, 64 steps a transaction. Returns the milliseconds it took. */
export function insertManyRollouts(catalog: Catalog, job: string): number {
  const began = performance.now();
  for (let at = 0; at < manyRollouts; at += 1024)
    catalog.transaction(() =>
      insertRollouts(
        catalog,
        job,
        Array.from({ length: Math.min(1024, manyRollouts - at) }, (_, i) => rollout(at + i)),
      ),
    );
  return performance.now() - began;
}

function random(): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
}

/** A thousand characters of completion after a prompt with its instruction, as a small model writes them. */
function rollout(i: number) {
  const vocabulary =
    'the sum of two numbers is found by adding them first step second then check again'.split(' ');
  const text = Array.from({ length: 180 }, () =>
    random() < 0.1 ? `n${Math.floor(random() * 9999)}` : vocabulary[Math.floor(random() * vocabulary.length)],
  );
  if (i % 3 === 0) text[90] = 'pelican';
  const instruction = 'Answer in four steps: say what is asked, do it, check it, and say what follows. ';
  const verdict = (['correct', 'wrong', 'unparsable', 'correct', 'not-applicable'] as const)[i % 5]!;
  return [
    ...[1 + Math.floor(i / 16), Math.floor(i / 4) % 4, i % 4, `row:${Math.floor(i / 4) % 3000}`],
    ...[`${instruction.repeat(4)}Ann has ${i % 3000} apples. How many?`, text.join(' '), 180, 0],
    ...[random() * 5, '{"format":1,"answer":0}', verdict, null, 0, '{}'],
  ];
}
