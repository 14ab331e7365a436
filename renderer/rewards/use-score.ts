// What the completion of the playground earns, asked of the core once the typing rests.
import { useEffect, useState } from 'react';
import type { InlineRow, SuiteRef } from '../../core/contract/rewards.ts';
import { useQuery } from '../queries.ts';
import { TYPING_PAUSE_MS, useSettled } from '../ui/use-settled.ts';
import { type Playground, type Subject, usePlayground } from './playground-state.ts';

export const DEFAULT_SUITE = 'think-first';

function scoreInput({ subject, completion, tokens, truncated }: Playground, suite: SuiteRef) {
  return { ...subject, completion, suite, truncated, ...(tokens === null ? {} : { tokens }) };
}

/** The playground once its typing rests. Nothing is rendered at the letters before: a question of a million letters is slow to ask. */
function useRested(): Playground {
  const [rested, setRested] = useState(usePlayground.getState);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const rest = () => setRested(usePlayground.getState());
    rest();
    const forget = usePlayground.subscribe(() => {
      clearTimeout(timer);
      timer = setTimeout(rest, TYPING_PAUSE_MS);
    });
    return () => {
      clearTimeout(timer);
      forget();
    };
  }, []);
  return rested;
}

/** With the playground's own suite, or with a draft of one. `scoredText` is the text that the answer is about. */
export function useScore(draft?: SuiteRef) {
  const playground = useRested();
  const suite = useSettled(draft ?? playground.suite ?? DEFAULT_SUITE);
  const score = useQuery('rewards.score', scoreInput(playground, suite), { keep: true });
  return { ...score, scoredText: score.isPlaceholderData ? null : playground.completion };
}

/** The question that the completion answers. */
export function useSubject(subject: Subject): {
  row: InlineRow | undefined;
  /** Where it is from; null for a question of one's own. */
  source: { dataset: string; split: string; index: number } | null;
  error: Error | null;
} {
  const rowId = 'rowId' in subject ? subject.rowId : null;
  const stored = useQuery('datasets.row', { id: rowId ?? '' }, { enabled: rowId !== null, keep: true });
  if ('row' in subject) return { row: subject.row, source: null, error: null };
  return { row: stored.data?.row, source: stored.data?.row.source ?? null, error: stored.error };
}
