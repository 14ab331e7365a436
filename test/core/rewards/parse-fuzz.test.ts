// Properties of the parser over generated and mutated completions.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ParsedCompletion, Span, Structure } from '../../../core/contract/reward.ts';
import { parseCompletion } from '../../../core/rewards/parse.ts';
import { partsOf, renderCompletion } from '../../../core/rewards/render.ts';
import { checkStructure, fourStep, thinkAnswer } from '../../../core/rewards/structure.ts';

/** Twice: mutated completions, and texts put together from fragments. */
const CASES = 55_000;
const SEED = 20;
/** Never the reason to fail: a busy machine only takes longer. */
const PATIENCE = 600_000;

/** A structure that a suite brings along. */
const own = checkStructure({
  id: 'own@1',
  reasoningTag: 'plan-it',
  answerTag: 'answer',
  headings: ['Step 1', 'Step 2 and 3', 'Final Synthesis'],
});

const word = fc.constantFrom(
  'eggs',
  'Analysis',
  '&',
  'and',
  'Final',
  '18',
  '9 * 2',
  '**',
  '##',
  ':',
  '-',
  'é',
  '…',
  '𝟛',
  'a<b',
);
const line = fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(' '));
const body = fc.array(line, { minLength: 1, maxLength: 3 }).map((lines) => `x ${lines.join('\n')}`);
const answer = fc.constantFrom('18', '-3.5', 'B', 'photosynthesis', '1,234 dollars', 'two\nlines');

const fourStepParts = fc.record({ sections: fc.tuple(body, body, body, body), answer });
const rendered = fourStepParts.map((parts) => renderCompletion(fourStep, parts));

const fragment = fc.constantFrom(
  '<reasoning>',
  '</reasoning>',
  '<answer>',
  '</answer>',
  '<Answer>',
  '< answer',
  '</ reasoning >',
  '<answer x="1">',
  'Analysis & Strategy:',
  '**Step-by-Step Execution**:',
  '### verification and self-correction',
  'Final Synthesis: done',
  '<plan-it>',
  '</plan-it>',
  'Step 1:',
  '**step 2 & 3**',
  '1. Final Synthesis',
  '&amp;',
  '\n',
  '\r\n',
  '\r',
  '\u2028',
  ' ',
  '\u00a0',
  '<',
  '>',
  '18',
  'text',
  '\ud83d',
);
const soup = fc.array(fc.oneof(fragment, fc.string({ maxLength: 5, unit: 'binary' })), { maxLength: 40 });

type Edit = (text: string) => string;
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.tuple(fc.nat(), fragment).map(
    ([at, piece]): Edit =>
      (text) =>
        insert(text, at % (text.length + 1), piece),
  ),
  fc.tuple(fc.nat(), fc.nat(20)).map(
    ([at, length]): Edit =>
      (text) => {
        const start = at % (text.length + 1);
        return text.slice(0, start) + text.slice(start + length);
      },
  ),
  fc.nat().map(
    (at): Edit =>
      (text) =>
        text + text.slice(at % (text.length + 1)),
  ),
);
const mutated = fc
  .tuple(rendered, fc.array(edit, { minLength: 1, maxLength: 4 }))
  .map(([text, edits]) => edits.reduce((changed, change) => change(changed), text));

function insert(text: string, at: number, piece: string): string {
  return text.slice(0, at) + piece + text.slice(at);
}

function isOrdered(spans: Span[]): boolean {
  return spans.every(([start, end], i) => start <= end && (i === 0 || spans[i - 1]![1] <= start));
}

/** Cheaper than `expect` where it runs a million times. */
function must(holds: boolean, promise: string): void {
  if (!holds) throw new Error(`broken promise: ${promise}`);
}

/** What must hold of every parse, whatever the text. */
function checkParse(text: string, parsed: ParsedCompletion, structure: Structure): void {
  const { reading, reasoning, deviations, sections, tags, answers } = parsed;
  const inside = (span: Span) => span[0] >= 0 && span[0] <= span[1] && span[1] <= text.length;
  const sectionSpans = sections.flatMap((section) => [section.headingSpan, section.bodySpan]);
  const all = [
    ...tags.map((tag) => tag.span),
    ...deviations.map((each) => each.span),
    ...answers,
    ...sectionSpans,
  ];
  must(all.every(inside), 'spans lie inside the text');
  must(isOrdered(tags.map((tag) => tag.span)), 'tags follow each other');
  must(isOrdered(sectionSpans), 'headings and sections follow each other');
  must(
    tags.every((tag) => /^<[\s/]*\w+[^<>]*>$/s.test(text.slice(...tag.span))),
    'a tag is from < to >',
  );
  must((parsed.answer === null) === (reading === 'none'), 'there is an answer unless the reading is none');
  must((deviations.length === 0) === (reading === 'strict'), 'strict is without deviations');
  must(reading === 'none' || deviations.every((each) => each.repairable), 'fatal deviations end reading');
  const within = ([start, end]: Span) => reasoning !== null && start >= reasoning[0] && end <= reasoning[1];
  must(sectionSpans.every(within), 'sections lie inside the reasoning');
  if (!parsed.answer) return;
  const answerText = text.slice(...parsed.answer);
  must(
    answerText !== '' && answerText === answerText.trim(),
    'the answer is text without white space around it',
  );
  must(answers.length === 1, 'an answer is read from the only block');
  must(!answerText.includes(`<${structure.answerTag}>`), 'an answer holds no answer');
}

/** A strict completion, written anew from what was read, is strict with the same answer: strict implies repairable. */
function checkStrict(text: string, parsed: ParsedCompletion, structure: Structure): void {
  const parts = partsOf(text, parsed, structure);
  if (!parts) throw new Error('broken promise: a strict completion has parts');
  const again = renderCompletion(structure, parts);
  const reread = partsOf(again, parseCompletion(again, structure), structure);
  must(JSON.stringify(reread) === JSON.stringify(parts), 'what is read can be written and read again');
  const damaged = `Sure!\n${text}\nBye.`;
  const repaired = parseCompletion(damaged, structure);
  must(repaired.reading === 'repairable', 'text around a strict completion can be repaired');
  must(damaged.slice(...repaired.answer!) === parts.answer, 'and leaves the answer as it was');
}

describe('the parser', () => {
  it(
    `holds its promises on ${CASES} mutated completions`,
    () => {
      const readings = { strict: 0, repairable: 0, none: 0 };
      fc.assert(
        fc.property(mutated, (text) => {
          const parsed = parseCompletion(text, fourStep);
          readings[parsed.reading]++;
          checkParse(text, parsed, fourStep);
          if (parsed.reading === 'strict') checkStrict(text, parsed, fourStep);
        }),
        { numRuns: CASES, seed: SEED },
      );
      // The mutations reach every reading often, so the properties were really tried.
      expect(Math.min(...Object.values(readings))).toBeGreaterThan(CASES / 100);
    },
    PATIENCE,
  );

  it(
    `holds its promises on ${CASES} texts put together from fragments`,
    () => {
      fc.assert(
        fc.property(soup, (pieces) => {
          const text = pieces.join('');
          for (const structure of [fourStep, thinkAnswer, own]) {
            const parsed = parseCompletion(text, structure);
            checkParse(text, parsed, structure);
            if (parsed.reading === 'strict') checkStrict(text, parsed, structure);
          }
        }),
        { numRuns: CASES, seed: SEED },
      );
    },
    PATIENCE,
  );

  it('reads back what was rendered in any structure', () => {
    const heading = fc.constantFrom(
      'Plan',
      'Do & Check',
      'Step 1',
      'Look back and forth',
      'Ünal',
      'Self-Test',
      'Z',
    );
    const structure = fc
      .uniqueArray(heading, { maxLength: 5 })
      .map((headings) =>
        checkStructure({ id: 'any@1', reasoningTag: 'think', answerTag: 'result', headings }),
      );
    fc.assert(
      fc.property(structure, fc.array(body, { minLength: 5, maxLength: 5 }), answer, (of, bodies, result) => {
        const sections = bodies.slice(0, Math.max(1, of.headings.length)).map((each) => each.trim());
        const text = renderCompletion(of, { sections, answer: result });
        expect(partsOf(text, parseCompletion(text, of), of)).toEqual({ sections, answer: result.trim() });
      }),
      { numRuns: 2000, seed: SEED },
    );
  });

  it(
    'reads back what was rendered',
    () => {
      fc.assert(
        fc.property(fourStepParts, (parts) => {
          const text = renderCompletion(fourStep, parts);
          const trimmed = {
            sections: parts.sections.map((section) => section.trim()),
            answer: parts.answer.trim(),
          };
          expect(partsOf(text, parseCompletion(text, fourStep), fourStep)).toEqual(trimmed);
        }),
        { numRuns: 5000, seed: SEED },
      );
    },
    PATIENCE,
  );
});
