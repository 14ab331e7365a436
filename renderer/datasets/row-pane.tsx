// One row to read: question, options, gold, where it is from, and the prompt as the model gets it.
import { X } from 'lucide-react';
import { useState } from 'react';
import type { Row } from '../../core/contract/row.ts';
import { useQuery } from '../queries.ts';
import { IconButton } from '../ui/button.tsx';
import { Choices } from '../ui/choices.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { Facts } from '../ui/facts.tsx';
import { formatCount, joinPieces, nameInWords, shortHash } from '../ui/format.ts';
import { PromptText } from '../ui/prompt-text.tsx';
import screen from '../ui/screen.module.css';
import { Select } from '../ui/select.tsx';
import { answerTypeInWords } from './filter.ts';
import styles from './row-pane.module.css';

export function RowPane({ id, onClose }: { id: string; onClose(): void }) {
  const [template, setTemplate] = useState<string | null>(null);
  const models = useQuery('models.list', {});
  const templates = [...new Set(['four-step@1', ...(models.data ?? []).map((model) => model.template)])];
  const chosen = template ?? models.data?.find((model) => model.kind === 'base')?.template ?? 'four-step@1';
  const answer = useQuery('datasets.row', { id, template: chosen }, { keep: true });
  if (answer.error) return <ErrorCard what={`The row ${id} could not be read`} error={answer.error} />;
  if (!answer.data) return null;
  const { row, prompt } = answer.data;
  return (
    <article className={styles.pane}>
      <header className={styles.head}>
        <small className={screen.clip}>{row.id}</small>
        <IconButton icon={X} label="Close the row (Esc)" onClick={onClose} />
      </header>
      {row.context && (
        <details className={styles.context}>
          <summary>Passage</summary>
          {row.context}
        </details>
      )}
      <p className={styles.question}>{row.question}</p>
      <Choices choices={row.choices} gold={row.answer} />
      <Facts facts={factsOf(row)} />
      <div className={styles.promptHead}>
        <h2>The prompt</h2>
        <Select
          quiet
          label="Prompt template"
          options={templates.map((value) => ({ value, label: value }))}
          value={chosen}
          onChange={setTemplate}
        />
        <CopyButton text={prompt} label="Copy the prompt" />
      </div>
      <PromptText text={prompt} />
    </article>
  );
}

function factsOf(row: Row): [string, React.ReactNode][] {
  const facts: [string, React.ReactNode][] = [];
  if (!row.choices && row.answerType !== 'code')
    facts.push(['Gold', <b key="gold">{row.answer ?? 'open'}</b>]);
  if (row.answerRaw !== row.answer)
    facts.push(['As the source has it', <code key="raw">{row.answerRaw.slice(-160)}</code>]);
  facts.push(
    ['Answer is', answerTypeInWords[row.answerType]],
    ['Domain', nameInWords(row.domain)],
    [
      'From',
      joinPieces(
        row.source.dataset,
        row.source.config,
        row.source.split,
        `row ${formatCount(row.source.index)}`,
      ),
    ],
    ['Licence', row.source.licence ?? 'not stated'],
  );
  if (row.flags.length > 0) facts.push(['Flags', row.flags.join(', ')]);
  facts.push(['Content hash', <code key="hash">{shortHash(row.hash)}</code>]);
  return facts;
}
