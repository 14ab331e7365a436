// Which adapter of a run is best so far.
import { describe, expect, it } from 'vitest';
import { bestOf } from '../../../core/jobs/artifacts.ts';

describe('the best so far', () => {
  const score = (correct: number | null, mean: number | null, loss: number | null = null) => ({
    ...{ set: 's', n: 9, mean, correct, format: null, loss },
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
  it('was examined, is an adapter and was not refused', () => {
    expect(bestOf([adapter(10, null), adapter(20, score(0.9, 1), 'refused')])).toBeNull();
    expect(bestOf([{ ...adapter(10, score(1, 1)), kind: 'merged-model' }])).toBeNull();
  });
});
