// What a reader sees of a completion: every word once, in order, with every deviation told.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCompletion } from '../../core/rewards/parse.ts';
import { fourStep } from '../../core/rewards/structure.ts';
import { layoutCompletion } from '../../renderer/ui/completion-layout.ts';

const layout = (text: string) => layoutCompletion(text, parseCompletion(text, fourStep));

const strict = `<reasoning>
Analysis & Strategy:
Find what is there.
Step-by-Step Execution:
14 minus 5 is 9.
Verification & Self-Correction:
9 plus 5 is 14.
Final Synthesis:
Nine remain.
</reasoning>
<answer>
9
</answer>`;

describe('a strict completion', () => {
  it('is four sections and an answer, without notes', () => {
    const { blocks, notes } = layout(strict);
    expect(blocks.map((block) => block.heading ?? block.kind)).toEqual([
      'Analysis & Strategy',
      'Step-by-Step Execution',
      'Verification & Self-Correction',
      'Final Synthesis',
      'answer',
    ]);
    expect(blocks.map((block) => block.words)).toEqual([4, 5, 5, 2, 1]);
    expect([...notes, ...blocks.flatMap((block) => block.notes)]).toEqual([]);
    expect(blocks.at(-1)?.pieces).toEqual([{ text: '9' }]);
  });
});

describe('a deviation', () => {
  it('is marked where it stands and named at its block', () => {
    const { blocks } = layout(`Let me see. ${strict} Bye!`);
    const [before] = blocks;
    expect(before?.kind).toBe('loose');
    expect(before?.pieces).toEqual([
      {
        text: 'Let me see.',
        mark: { tone: expect.any(String), title: expect.stringContaining('text-before') },
      },
    ]);
    expect(before?.notes.map((note) => note.name)).toEqual(['text-before']);
    expect(blocks.at(-1)?.pieces[0]?.text).toBe('Bye!');
  });

  it('without a place of its own is told above all blocks', () => {
    const { notes, blocks } = layout('The answer is 9.');
    expect(blocks.map((block) => block.kind)).toEqual(['loose']);
    expect([...notes, ...(blocks[0]?.notes ?? [])].map((note) => note.name)).toContain('missing-tag');
  });

  it('is told once for an empty section', () => {
    const { blocks } = layout(strict.replace('9 plus 5 is 14.\n', ''));
    const empty = blocks.find((block) => block.heading === 'Verification & Self-Correction');
    expect(empty?.words).toBe(0);
    expect(empty?.notes.map((note) => note.name)).toEqual(['section-empty']);
  });
});

const fragment = fc.constantFrom(
  '<reasoning>',
  '</reasoning>',
  '<answer>',
  '</answer>',
  '\nAnalysis & Strategy:\n',
  '\nStep-by-Step Execution:\n',
  '\nFinal Synthesis:\n',
  '\n**Verification & Self-Correction**\n',
  ' nine ',
  ' 14 − 5 ',
  '\n',
  'é🙂',
);

describe('any text', () => {
  it('is shown without loss: no word vanishes and none is told twice', () => {
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 24 }), (fragments) => {
        const text = fragments.join('');
        const parsed = parseCompletion(text, fourStep);
        const { blocks, notes } = layoutCompletion(text, parsed);
        const structural = [
          ...parsed.tags.map((tag) => tag.span),
          ...parsed.sections.map((section) => section.headingSpan),
        ];
        let end = 0;
        for (const block of blocks) {
          expect(block.span[0]).toBeGreaterThanOrEqual(end);
          expect(block.pieces.map((piece) => piece.text).join('')).toBe(text.slice(...block.span));
          end = block.span[1];
        }
        const covered = [...structural, ...blocks.map((block) => block.span)];
        const lost = [...text.matchAll(/\S/g)].filter(
          ({ index }) => !covered.some(([from, to]) => index >= from && index < to),
        );
        expect(lost).toEqual([]);
        const told = new Set([...notes, ...blocks.flatMap((block) => block.notes)].map((note) => note.name));
        expect(told).toEqual(new Set(parsed.deviations.map((deviation) => deviation.name)));
      }),
      { numRuns: 300 },
    );
  });
});
