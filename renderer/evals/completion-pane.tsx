// One completion of an evaluation to read: question, reasoning and answer, what each part gave and why, and the prompt.
import { goldInWords } from '../gold-in-words.ts';
import { useQuery } from '../queries.ts';
import { verdictInWords, verdictTone } from '../run-state.ts';
import { Choices } from '../ui/choices.tsx';
import { CompletionView } from '../ui/completion-view.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatCount, formatDuration, joinPieces } from '../ui/format.ts';
import { PartsTable } from '../ui/parts-table.tsx';
import { PromptText } from '../ui/prompt-text.tsx';
import screen from '../ui/screen.module.css';
import { EARLIER_SUITE, useSuite } from '../use-suite.ts';
import styles from './completion-pane.module.css';

const readingInWords = {
  strict: 'in the strict form',
  repairable: 'departs from the form, yet can be read',
  none: 'no answer could be read',
} as const;

export function CompletionPane({ id, index }: { id: string; index: number }) {
  const answer = useQuery('evals.completion', { id, index }, { keep: true });
  const evaluation = useQuery('evals.get', { id });
  const suite = useSuite(evaluation.data?.suite.hash);
  if (answer.error)
    return <ErrorCard what={`Completion ${index + 1} could not be read`} error={answer.error} />;
  if (!answer.data) return null;
  const { row, result, ...completion } = answer.data;
  const weightOf = (part: string) => suite?.suite.parts.find((each) => each.id === part)?.weight;
  return (
    <article className={styles.pane}>
      <header>
        <small>
          {joinPieces(
            row.source.dataset,
            row.source.split,
            `row ${formatCount(row.source.index)}`,
            goldInWords({ answer: completion.gold, answerType: row.answerType }),
          )}
        </small>
        <p className={styles.question}>{row.question}</p>
        <Choices choices={row.choices} gold={completion.gold} />
      </header>
      <CompletionView
        code={row.answerType === 'code'}
        text={completion.text}
        parsed={result.parsed}
        truncated={completion.truncated}
        verdict={{
          tone: verdictTone(completion.verdict),
          word: verdictInWords(completion.verdict),
          why: result.why.answer,
        }}
      />
      {result.error && (
        <ErrorCard what={`The part ${result.error.part} failed`} error={new Error(result.error.message)} />
      )}
      <section>
        <h2 className={styles.title}>How it was read</h2>
        <PartsTable
          total={result.total}
          max={suite?.max}
          parts={Object.entries(result.parts).map(([part, score]) => ({
            id: part,
            weight: weightOf(part),
            score,
            why: result.why[part],
          }))}
        />
        {suite === null && <p className={screen.quiet}>{EARLIER_SUITE}</p>}
        <small>{`${formatCount(completion.tokens)} tokens in ${formatDuration(completion.ms)} · ${readingInWords[result.parsed.reading]}`}</small>
      </section>
      <details>
        <summary className={styles.title}>The prompt, as the model got it</summary>
        <PromptText text={completion.prompt} />
      </details>
    </article>
  );
}
