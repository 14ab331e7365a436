// What the playground shows in and beside a completion: structure set back, deviations underlined, the answer behind its
// verdict's colour, and for each section its verdict. Pure; the reading is the parser's own, at every letter typed.
import type { ParsedCompletion } from '../../core/contract/reward.ts';
import type { PartOutcome } from '../../core/contract/rewards.ts';
import type { TextSpan } from '../ui/completion-layout.ts';
import { nameInWords, plural } from '../ui/format.ts';
import type { Tone } from '../ui/pill.tsx';
import type { TextMark } from '../ui/text-marks.ts';

export interface SectionNote {
  at: number;
  tone: Tone;
  words: string;
  why: string | undefined;
}

const countWords = (text: string) => text.split(/\s+/).filter(Boolean).length;

/** `answer` is the place of the answer that was read, with the colour of its verdict. */
export function marksOf(
  parsed: ParsedCompletion,
  answer: { span: TextSpan; look: TextMark['look'] } | null,
): TextMark[] {
  return [
    ...parsed.tags.map(({ span }): TextMark => ({ span, look: 'tag' })),
    ...parsed.sections.map(({ headingSpan }): TextMark => ({ span: headingSpan, look: 'heading' })),
    ...(answer ? [answer] : []),
    ...parsed.deviations.map(
      ({ span, name, what, repairable }): TextMark => ({
        span,
        look: repairable ? 'warn' : 'bad',
        title: `${nameInWords(name)}: ${what}`,
      }),
    ),
  ];
}

/** One note for each section, at its heading; for free thinking one at the start of the block. */
export function sectionNotes(
  text: string,
  parsed: ParsedCompletion,
  outcomes: readonly PartOutcome[],
): SectionNote[] {
  const sections = parsed.sections.length
    ? parsed.sections.map(({ heading, headingSpan, bodySpan }) => ({
        heading,
        reach: [headingSpan[0], bodySpan[1]] as const,
        body: bodySpan,
      }))
    : parsed.reasoning
      ? [{ heading: '', reach: parsed.reasoning, body: parsed.reasoning }]
      : [];
  return sections.map(({ heading, reach, body }, i): SectionNote => {
    const words = countWords(text.slice(...body));
    const note = { at: reach[0] === body[0] ? firstWord(text, reach) : reach[0] };
    const deviation = parsed.deviations.find(({ span }) => span[0] >= reach[0] && span[1] <= reach[1] + 1);
    if (deviation)
      return {
        ...note,
        tone: deviation.repairable ? 'warn' : 'bad',
        words: nameInWords(deviation.name),
        why: deviation.what,
      };
    const fault = faultOf(heading, body, outcomes, i === 0);
    if (fault) return { ...note, tone: 'warn', words: fault, why: fault };
    const judged = outcomes.some(({ fn, applies }) => fn === 'section-quality' && applies);
    return { ...note, tone: judged ? 'good' : 'neutral', words: plural(words, 'word'), why: undefined };
  });
}

/** A section-quality part has a clause for each faulty section; what it says of the whole reasoning stands at the first one. */
function faultOf(
  heading: string,
  body: TextSpan,
  outcomes: readonly PartOutcome[],
  first: boolean,
): string | null {
  for (const { fn, score, max, spans, why } of outcomes) {
    if (fn !== 'section-quality' || score === null || score >= max) continue;
    if (!spans.some(([from, to]) => from <= body[0] && to >= body[1])) continue;
    const clause = why.split('; ').find((each) => each.startsWith(`"${heading}" `));
    const fault = clause?.slice(heading.length + 3) ?? (first ? why : null);
    if (fault !== null) return fault.replace(/\.$/, '');
  }
  return null;
}

function firstWord(text: string, [from, to]: TextSpan): number {
  const inside = text.slice(from, to);
  return from + (inside.length - inside.trimStart().length);
}
