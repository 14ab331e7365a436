// Two texts word by word: a word and the one in its place stand apart where the texts have them as words.
import { expect, it } from 'vitest';
import { wordPieces } from '../../renderer/ui/text-diff.ts';

/** `[-removed-]` and `{+inserted+}` with what is between them. */
const marked = (before: string, after: string) =>
  wordPieces(before, after)
    .map(({ text, change }) =>
      change === 'removed' ? `[-${text}-]` : change === 'added' ? `{+${text}+}` : text,
    )
    .join('');

it.each([
  ['I think so', 'Analysis think so', '[-I-] {+Analysis+} think so'],
  ['it is so', 'it was so', 'it [-is-] {+was+} so'],
  ['it costs 5.', 'it costs 6.', 'it costs [-5-] {+6+}.'],
  ['no', 'yes', '[-no-] {+yes+}'],
  ['(two legs)', '(four legs)', '([-two-] {+four+} legs)'],
  ['it is so.', 'it is so!', 'it is so[-.-]{+!+}'],
  ['{"a":1}', '{"b":1}', '{"[-a-]{+b+}":1}'],
])('%s → %s', (before, after, pieces) => expect(marked(before, after)).toBe(pieces));
