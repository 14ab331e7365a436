// In which words the model is asked: the prompt template, and what it says around a question.
import type { PromptTemplate } from '../../core/contract/reward.ts';
import { promptTemplates, renderPrompt } from '../../core/rewards/prompt-template.ts';
import { Card } from '../ui/card.tsx';
import { Field } from '../ui/field.tsx';
import type { Note } from '../ui/notes.tsx';
import { PromptText } from '../ui/prompt-text.tsx';
import { Select } from '../ui/select.tsx';
import { templateWords } from './launch-sources.ts';
import styles from './prompt-card.module.css';

interface PromptCardProps {
  /** Id of the template. */
  value: string;
  notes: readonly Note[];
  onChange(id: string): void;
}

/** A row that stands for all. */
const row = { question: '‹the question, its options below it›', choices: null, context: null };

export function PromptCard({ value, notes, onChange }: PromptCardProps) {
  const template: PromptTemplate | undefined = promptTemplates.find(({ id }) => id === value);
  const options = promptTemplates.map((each) => ({
    value: each.id,
    label: each.id,
    detail: templateWords(each),
  }));
  return (
    <Card title="Prompt">
      <div className={styles.split}>
        <Field
          label="Template"
          name="template"
          notes={template ? notes : []}
          hint={template && templateWords(template)}
          error={template ? undefined : `There is no template "${value}".`}
        >
          {({ id }) => (
            <Select id={id} label="Template" options={options} value={value} onChange={onChange} />
          )}
        </Field>
        {template && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must take the focus, or only a pointer could read its end
          <section className={styles.says} aria-label="What the template says" tabIndex={0}>
            <PromptText text={renderPrompt(template, row)} />
          </section>
        )}
      </div>
    </Card>
  );
}
