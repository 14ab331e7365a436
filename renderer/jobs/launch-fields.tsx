// The few fields of a run that matter, with one line each.
import type { JobKind } from '../../core/contract/job-spec.ts';
import type { Model } from '../../core/contract/models.ts';
import type { SuiteInfo } from '../../core/contract/rewards.ts';
import { suiteOptions } from '../suite-options.ts';
import { Card } from '../ui/card.tsx';
import { Field } from '../ui/field.tsx';
import { Select } from '../ui/select.tsx';
import { TextField } from '../ui/text-field.tsx';
import { BeginWith } from './begin-with.tsx';
import type { NotesOf } from './finding-notes.ts';
import { type LaunchChoice, type LaunchDraft, type problemsOf, withStart } from './launch-draft.ts';
import styles from './launch-fields.module.css';
import { mixWords } from './launch-sources.ts';
import { TextsField } from './texts-field.tsx';

interface LaunchFieldsProps {
  draft: LaunchDraft;
  choice: LaunchChoice;
  /** What can be trained on. */
  bases: readonly Model[];
  suites: readonly SuiteInfo[];
  problems: ReturnType<typeof problemsOf>;
  notesOf: NotesOf;
  onChange(draft: LaunchDraft): void;
}

/** What becomes of the base in a run that trains nothing. */
const uses: Partial<Record<JobKind, string>> = {
  evaluate: 'It is asked, and stays as it is. An adapter is asked together with what lies under it.',
  rejection: 'It writes the answers, and stays as it is.',
  generate: 'It writes the answers, and stays as it is.',
};

export function LaunchFields({
  draft,
  choice,
  bases,
  suites,
  problems,
  notesOf,
  onChange,
}: LaunchFieldsProps) {
  const set = (change: Partial<LaunchDraft>) => onChange({ ...draft, ...change });
  return (
    <Card title="Settings of this run">
      <div className={styles.grid}>
        <Field
          label="Base model"
          name="baseId"
          notes={notesOf('baseId')}
          hint={
            choice.preset?.expectsAdapter
              ? 'This preset is meant for an adapter of an earlier run, merged into its base.'
              : (uses[choice.preset?.kind ?? 'grpo'] ??
                'Its weights stay as they are; the run trains an adapter on top.')
          }
        >
          {({ id }) => (
            <Select
              id={id}
              label="Base model"
              placeholder={bases.length > 0 ? 'Choose a base or an adapter' : 'No base that can be trained'}
              options={bases.map((base) => ({
                value: base.id,
                label: base.name,
                detail: base.kind === 'base' ? base.architecture : `adapter on ${base.parentId}`,
              }))}
              value={choice.base?.id ?? null}
              onChange={(baseId) => onChange(withStart({ ...draft, baseId }, choice.preset, null))}
            />
          )}
        </Field>
        {(choice.starts.length > 0 || draft.startAdapterId !== null) && (
          <BeginWith
            adapters={choice.starts}
            value={draft.startAdapterId}
            notes={notesOf('startAdapterId')}
            onChange={(id) => onChange(withStart(draft, choice.preset, id))}
          />
        )}
        {choice.preset?.expectsData && (
          <TextsField
            what={choice.preset.expectsData}
            mix={mixWords(choice.preset)}
            value={draft.data}
            notes={notesOf('data')}
            onChange={(data) => set({ data })}
          />
        )}
        {(choice.preset?.suite !== null || draft.suite !== null || notesOf('suite').length > 0) && (
          <Field
            label="Reward suite"
            name="suite"
            notes={notesOf('suite')}
            hint="What it is rewarded for; its held-out questions are scored with it too."
          >
            {({ id }) => (
              <Select
                id={id}
                label="Reward suite"
                options={suiteOptions(suites)}
                value={draft.suite ?? choice.preset?.suite ?? null}
                onChange={(suite) => set({ suite })}
              />
            )}
          </Field>
        )}
        {choice.training && (
          <>
            <Field
              label="Steps"
              name="training.steps"
              notes={notesOf('training.steps')}
              hint="How many; each learns from one batch."
              error={problems.steps}
            >
              {(ids) => (
                <TextField
                  {...ids}
                  inputMode="numeric"
                  value={draft.steps}
                  placeholder={String(choice.training?.steps ?? '')}
                  onChange={(event) => set({ steps: event.target.value })}
                />
              )}
            </Field>
            <Field
              label="Learning rate"
              name="training.learningRate"
              notes={notesOf('training.learningRate')}
              hint="Three times more can collapse a small model; a tenth may teach nothing."
              error={problems.learningRate}
            >
              {(ids) => (
                <TextField
                  {...ids}
                  inputMode="decimal"
                  value={draft.learningRate}
                  placeholder={String(choice.training?.learningRate ?? '')}
                  onChange={(event) => set({ learningRate: event.target.value })}
                />
              )}
            </Field>
          </>
        )}
        <Field
          label="Seed"
          name="seed"
          hint="Fixes the order of questions and the sampling. Use another to see if a gain holds."
          error={problems.seed}
        >
          {(ids) => (
            <TextField
              {...ids}
              inputMode="numeric"
              value={draft.seed}
              onChange={(event) => set({ seed: event.target.value })}
            />
          )}
        </Field>
        <Field
          label="Name"
          name="name"
          hint="Left empty, it is named after suite, base and seed."
          error={problems.name}
        >
          {(ids) => (
            <TextField {...ids} value={draft.name} onChange={(event) => set({ name: event.target.value })} />
          )}
        </Field>
      </div>
    </Card>
  );
}
