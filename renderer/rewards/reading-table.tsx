// The same reading as a table: every piece of the form, every deviation and every part's reason with its place in the text.
import type { Explained } from '../../core/contract/rewards.ts';
import type { TextSpan } from '../ui/completion-layout.ts';
import { formatNumber, nameInWords } from '../ui/format.ts';
import { Pill, type Tone } from '../ui/pill.tsx';
import { Cell, HeadCell, Table } from '../ui/table.tsx';
import styles from './reading-table.module.css';

interface Line {
  /** Null: about the whole. */
  span: TextSpan | null;
  kind: string;
  tone: Tone;
  about: string;
}

export function linesOf({ parsed, extracted, outcomes, verdict }: Explained): Line[] {
  const lines: Line[] = [
    ...parsed.tags.map(({ tag, closing, span }) => ({
      span,
      kind: 'tag',
      tone: 'neutral' as const,
      about: `${closing ? 'closes' : 'opens'} ${tag}`,
    })),
    ...parsed.sections.map(({ heading, bodySpan }) => ({
      span: bodySpan,
      kind: 'section',
      tone: 'neutral' as const,
      about: heading,
    })),
    ...parsed.deviations.map(({ name, span, what, repairable }) => ({
      span,
      kind: 'deviation',
      tone: repairable ? ('warn' as const) : ('bad' as const),
      about: `${nameInWords(name)}: ${what}`,
    })),
    ...(extracted
      ? [
          {
            span: extracted.span,
            kind: 'answer',
            tone: 'accent' as const,
            about: `read as ${extracted.answer}: ${verdict}`,
          },
        ]
      : []),
    ...outcomes
      .filter(({ applies }) => applies)
      .map(({ id, score, weight, why, spans }) => ({
        span: spans[0] ?? null,
        kind: 'part',
        tone: 'neutral' as const,
        about: `${id}, ${formatNumber(score)} × ${formatNumber(weight, 1)}: ${why}`,
      })),
  ];
  const begin = ({ span }: Line) => span?.[0] ?? Number.POSITIVE_INFINITY;
  return lines.sort((a, b) => (begin(a) === begin(b) ? 0 : begin(a) - begin(b)));
}

/** More lines than a person reads. */
const MOST = 300;

export function ReadingTable({ text, explained }: { text: string; explained: Explained }) {
  const lines = linesOf(explained);
  return (
    <div className={styles.frame}>
      <Table label="The completion, explained" className={styles.table}>
        <thead>
          <tr>
            <HeadCell number>From</HeadCell>
            <HeadCell number>To</HeadCell>
            <HeadCell>What</HeadCell>
            <HeadCell>Text</HeadCell>
            <HeadCell>Why</HeadCell>
          </tr>
        </thead>
        <tbody>
          {lines.slice(0, MOST).map(({ span, kind, tone, about }, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two lines may say the same of the same place
            <tr key={at}>
              <Cell number>{span?.[0] ?? '–'}</Cell>
              <Cell number>{span?.[1] ?? '–'}</Cell>
              <Cell>
                <Pill tone={tone}>{kind}</Pill>
              </Cell>
              <Cell className={styles.text}>{excerpt(text, span)}</Cell>
              <Cell className={styles.about}>{about}</Cell>
            </tr>
          ))}
        </tbody>
      </Table>
      {lines.length > MOST && <small>{`and ${lines.length - MOST} more`}</small>}
    </div>
  );
}

function excerpt(text: string, span: TextSpan | null): string {
  if (!span) return 'the whole';
  const [from, to] = span;
  const words = text
    .slice(from, Math.min(to, from + 200))
    .replace(/\s+/g, ' ')
    .trim();
  if (words === '') return to > from ? '(white space)' : '(missing)';
  return words.length > 60 ? `${words.slice(0, 57)}…` : words;
}
