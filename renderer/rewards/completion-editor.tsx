// The completion to write in: deviations underlined and named, each section's verdict at its heading, the answer that was read
// behind the colour of its verdict. The reading runs at every letter, of a very long text once the typing rests; what it earns
// comes a moment later.
import { useMemo, useRef, useState } from 'react';
import type { Explained } from '../../core/contract/rewards.ts';
import { parseCompletion } from '../../core/rewards/parse.ts';
import { fourStep } from '../../core/rewards/structure.ts';
import { verdictTone } from '../run-state.ts';
import type { TextSpan } from '../ui/completion-layout.ts';
import { nameInWords } from '../ui/format.ts';
import { MarkedTextArea, MOST_MARKED } from '../ui/marked-text-area.tsx';
import { Pill, type Tone } from '../ui/pill.tsx';
import { titleAt } from '../ui/text-marks.ts';
import { useSettled } from '../ui/use-settled.ts';
import styles from './completion-editor.module.css';
import { marksOf, sectionNotes } from './completion-marks.ts';
import { redo, undo } from './playground-state.ts';

interface CompletionEditorProps {
  text: string;
  onChange(text: string): void;
  /** Of the present suite; of another text while a new score is under way. */
  explained: Explained | undefined;
  scoredText: string | null;
  /** The answer is to be a program. */
  code: boolean;
}

const LONG_PAUSE_MS = 400;

const readings: Readonly<Record<'strict' | 'repairable' | 'none', readonly [Tone, string]>> = {
  strict: ['good', 'strict form'],
  repairable: ['warn', 'departs, yet can be read'],
  none: ['bad', 'no answer can be read'],
};

const looks = { good: 'good', bad: 'bad', warn: 'warn', accent: 'good', neutral: 'warn' } as const;

export function CompletionEditor({ text, onChange, explained, scoredText, code }: CompletionEditorProps) {
  const rested = useSettled(text, LONG_PAUSE_MS);
  const read = text.length > MOST_MARKED ? rested : text;
  const structure = explained?.structure ?? fourStep;
  const parsed = useMemo(() => parseCompletion(read, structure), [read, structure]);
  const [caret, setCaret] = useState<number | null>(null);
  const select = useRef<((span: TextSpan) => void) | null>(null);
  const current = scoredText === text ? explained : undefined;
  const marks = useMemo(() => {
    const answer = current?.extracted;
    return marksOf(parsed, answer ? { span: answer.span, look: looks[verdictTone(current.verdict)] } : null);
  }, [parsed, current]);
  const notes = useMemo(
    () =>
      sectionNotes(read, parsed, explained?.outcomes ?? []).map(({ at, tone, words, why }) => ({
        at,
        note: (
          <Pill tone={tone} why={why} className={styles.note}>
            {words}
          </Pill>
        ),
      })),
    [read, parsed, explained],
  );
  const [tone, words] = readings[parsed.reading];
  const said = caret === null ? undefined : titleAt(marks, caret);
  return (
    <div className={styles.editor}>
      <MarkedTextArea
        label="Completion"
        placeholder="Write what a model might say, or start from an example."
        value={text}
        code={code}
        onChange={onChange}
        onUndo={undo}
        onRedo={redo}
        marks={marks}
        notes={notes}
        describedBy="completion-reading"
        onCaret={setCaret}
        selectRef={select}
      />
      <footer className={styles.foot} id="completion-reading">
        <Pill tone={tone}>{words}</Pill>
        {parsed.deviations.slice(0, 12).map(({ name, span, what, repairable }, at) => (
          <button
            // biome-ignore lint/suspicious/noArrayIndexKey: two tags that are missing at one place have the same name
            key={at}
            type="button"
            className={styles.deviation}
            data-tone={repairable ? 'warn' : 'bad'}
            title={what}
            onClick={() => select.current?.(span)}
          >
            {nameInWords(name)}
          </button>
        ))}
        {parsed.deviations.length > 12 && <small>{`and ${parsed.deviations.length - 12} more`}</small>}
        <small className={styles.said} aria-live="polite">
          {said}
        </small>
      </footer>
    </div>
  );
}
