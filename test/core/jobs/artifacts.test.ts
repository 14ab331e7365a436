// Which adapter of a run is best so far.
import { describe, expect, it } from 'vitest';
import { bestOf } from '../../../core/jobs/artifacts.ts';

describe('the best so far', () => {
  const score = (correct: number | null, mean: number | null, loss: number | null = null) => ({
    ...{ set: 's', n: 9, checked: null, mean, correct, format: null, loss },
  });
  const adapter = (
    step: number,
    of: ReturnType<typeof score> | null,
    state: 'home' | 'refused' = 'home',
  ) => ({
    ...{ kind: 'lora-adapter', step, state, score: of },
  });
  it('has the most right answers, of equals the earlier', () => {
    const found = bestOf([
      adapter(10, score(0.4, 9)),
      adapter(20, score(0.6, 1)),
      adapter(30, score(0.6, 2)),
    ]);
    expect(found?.step).toBe(20);
  });
  it('earns most where nothing can be checked', () => {
    expect(bestOf([adapter(10, score(null, 1)), adapter(20, score(null, 2))])?.step).toBe(20);
  });
  it('loses least where no questions are asked', () => {
    const found = bestOf([
      adapter(10, score(null, null, 1.5)),
      adapter(20, score(null, null, 1.2)),
      adapter(30, score(null, null, 1.4)),
    ]);
    expect(found?.step).toBe(20);
  });
  it('is compared with those alone that were asked the same as the newest', () => {
    const of = (set: string, ...values: Parameters<typeof score>) => ({ ...score(...values), set });
    const easy = adapter(10, of('easy', 0.9, 3));
    expect(bestOf([easy, adapter(20, of('hard', 0.4, 1)), adapter(30, of('hard', 0.3, 2))])?.step).toBe(20);
    // What is asked no questions is not held against what is, whatever the set is called.
    const loss = [1.5, 1.2, 1.3].map((value, i) => adapter(20 + i, of('easy', null, null, value)));
    expect(bestOf([easy, ...loss])?.step).toBe(21);
    expect(bestOf([...loss, adapter(30, of('easy', 0.1, 1))])?.step).toBe(30);
    // A newest that nobody examined changes nothing.
    expect(bestOf([easy, adapter(20, null)])?.step).toBe(10);
  });
  it('was examined, is an adapter and was not refused', () => {
    expect(bestOf([adapter(10, null), adapter(20, score(0.9, 1), 'refused')])).toBeNull();
    expect(bestOf([{ ...adapter(10, score(1, 1)), kind: 'merged-model' }])).toBeNull();
  });
});
