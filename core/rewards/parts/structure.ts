// The format part: how much of the declared form a completion has.
//
//   strict        1
//   repairable    clamp(share - 0.5 - 0.1 * faults, -0.5, 0.5)
//   none         -1
//
// share  = pieces in place / pieces of the form. The pieces are the two blocks and each heading; a block is in place when it
//          is closed and not empty, a heading when it stands once, in its place, with text under it.
// faults = number of different deviations that are not already a missing piece (text outside, spelling, …), at most 5.
// A form that is not closed earns nothing (-1), so starting it again and again never pays.
import type { DeviationName, ParsedCompletion, Structure } from '../../contract/reward.ts';
import { definePart } from './part.ts';

const MISSING_PIECES: ReadonlySet<DeviationName> = new Set([
  'missing-tag',
  'heading-missing',
  'heading-order',
  'heading-duplicate',
  'section-empty',
  'reasoning-empty',
]);

export const structurePart = definePart({
  fn: 'structure',
  explanation:
    'How closely the completion keeps to the declared form: 1 strict, at most 0.5 repairable, -1 otherwise.',
  range: { min: -1, max: 1 },
  form: true,
  params: {},
  score(_row, parsed, _params, context) {
    if (parsed.reading === 'strict') return { score: 1, why: 'The form is complete.', spans: [] };
    const names = [...new Set(parsed.deviations.map((deviation) => deviation.name))];
    const spans = parsed.deviations.map((deviation) => deviation.span);
    if (parsed.reading === 'none') return { score: -1, why: `No readable form: ${inWords(names)}.`, spans };
    const faults = Math.min(5, names.filter((name) => !MISSING_PIECES.has(name)).length);
    const share = shareInPlace(parsed, context.structure);
    const score = Math.max(-0.5, Math.min(0.5, share - 0.5 - 0.1 * faults));
    return { score, why: `Departs from the form: ${inWords(names)}.`, spans };
  },
});

/** "missing tag, heading order" */
const inWords = (names: readonly DeviationName[]) =>
  names.map((name) => name.replaceAll('-', ' ')).join(', ');

/** Share of the form's pieces that are in place, from 0 to 1. Only for a reading other than `none`. */
function shareInPlace(parsed: ParsedCompletion, structure: Structure): number {
  const pieces = 2 + structure.headings.length;
  const lost = new Set<string>();
  for (const { name, span } of parsed.deviations) {
    if (name === 'reasoning-empty') lost.add(structure.reasoningTag);
    else if (MISSING_PIECES.has(name) && name !== 'missing-tag' && name !== 'heading-missing')
      for (const section of parsed.sections)
        if (section.headingSpan[0] === span[0]) lost.add(section.heading);
  }
  const present = new Set(
    parsed.sections.map((section) => section.heading).filter((name) => !lost.has(name)),
  );
  const reasoning = parsed.reasoning !== null && !lost.has(structure.reasoningTag) ? 1 : 0;
  return (1 + reasoning + present.size) / pieces;
}
