// A completion as reading matter: reasoning by section with its verdicts in the margin, deviations marked, the answer behind a coloured rule.
import { ChevronRight } from 'lucide-react';
import { useMemo } from 'react';
import { classNames } from './class-names.ts';
import { type Block, layoutCompletion, type Note, type ParsedText, type Piece } from './completion-layout.ts';
import styles from './completion-view.module.css';
import { nameInWords, plural } from './format.ts';
import { Pill, type Tone } from './pill.tsx';
import { Tooltip } from './tooltip.tsx';

interface CompletionViewProps {
  text: string;
  /** Undefined while it is being read: the text keeps its room unseen. Null when it cannot be read: the text stands as it is. */
  parsed: ParsedText | null | undefined;
  verdict: { tone: Tone; word: string; why?: string | undefined };
  /** Cut at the token limit. */
  truncated?: boolean;
  /** Sections folded to their heads, so that two answers can be compared at a glance. */
  folded?: boolean;
  /** Narrow columns: a little smaller. */
  compact?: boolean;
  /** The answer is a program, fenced or not. */
  code?: boolean;
}

export function CompletionView(props: CompletionViewProps) {
  const { text, parsed, verdict, truncated, folded, compact, code = false } = props;
  const layout = useMemo(() => (parsed ? layoutCompletion(text, parsed) : null), [text, parsed]);
  if (text.trim() === '') return <p className={styles.nothing}>The model said nothing.</p>;
  if (!layout)
    return (
      <div
        className={classNames(styles.reading, compact && styles.compact)}
        data-waiting={parsed === undefined || undefined}
      >
        {text}
      </div>
    );
  const answered = layout.blocks.some((block) => block.kind === 'answer');
  return (
    <div className={classNames(styles.reading, compact && styles.compact)}>
      {layout.notes.length > 0 && <Notes notes={layout.notes} className={styles.above} />}
      {layout.blocks.map((block) => (
        <BlockView
          key={`${block.kind}${block.span[0]}`}
          block={block}
          folded={folded ?? false}
          verdict={verdict}
          alone={!answered}
          code={code}
        />
      ))}
      {truncated && (
        <p className={styles.cut}>
          <Pill tone="warn">cut at the token limit</Pill>
        </p>
      )}
    </div>
  );
}

interface BlockViewProps {
  block: Block;
  folded: boolean;
  verdict: CompletionViewProps['verdict'];
  /** No answer block was found: loose text is all there is. */
  alone: boolean;
  code: boolean;
}

function BlockView({ block, folded, verdict, alone, code }: BlockViewProps) {
  if (block.kind === 'section')
    return (
      // Keyed by `folded`, so that the fold key opens and closes all of them at once.
      <details key={String(folded)} className={styles.section} open={!folded}>
        <summary className={styles.heading}>
          <ChevronRight size={14} strokeWidth={2} aria-hidden="true" className={styles.fold} />
          <h3>{block.heading}</h3>
          <span className={styles.margin}>
            {block.notes.length > 0 ? (
              <Notes notes={block.notes} />
            ) : (
              <small>{plural(block.words, 'word')}</small>
            )}
          </span>
        </summary>
        <Pieces pieces={block.pieces} />
      </details>
    );
  if (block.kind === 'answer')
    return (
      <div className={styles.answer} data-tone={verdict.tone} data-code={code || block.code || undefined}>
        <span>
          <Pieces pieces={block.pieces} inline />
        </span>
        <span className={styles.margin}>
          <Notes notes={block.notes} />
          <Pill tone={verdict.tone} why={verdict.why}>
            {verdict.word}
          </Pill>
        </span>
      </div>
    );
  return (
    <div className={styles.loose} data-alone={alone || undefined}>
      <Pieces pieces={block.pieces} />
      {block.notes.length > 0 && (
        <span className={styles.margin}>
          <Notes notes={block.notes} />
        </span>
      )}
    </div>
  );
}

function Pieces({ pieces, inline }: { pieces: readonly Piece[]; inline?: boolean }) {
  const content = pieces.map((piece, i) =>
    piece.mark ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no identity beyond their place in the text
      <Tooltip key={i} text={piece.mark.title}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the deviation's name must be reachable by keyboard */}
        <mark className={styles.mark} data-tone={piece.mark.tone} tabIndex={0}>
          {piece.text}
        </mark>
      </Tooltip>
    ) : (
      piece.text
    ),
  );
  return inline ? content : <div className={styles.body}>{content}</div>;
}

function Notes({ notes, className }: { notes: readonly Note[]; className?: string | undefined }) {
  return (
    <span className={classNames(styles.notes, className)}>
      {notes.map((note) => (
        <Pill key={note.name} tone={note.tone} why={note.what}>
          {nameInWords(note.name)}
        </Pill>
      ))}
    </span>
  );
}
