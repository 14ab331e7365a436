// Start a run: a preset, the few fields that matter with one line each, and beside them what will happen.
import { Play } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { isBlock } from '../../core/contract/setting-shape.ts';
import { useCommand, useQuery } from '../queries.ts';
import { go } from '../route.ts';
import { suiteOptions } from '../suite-options.ts';
import { Button } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { Field } from '../ui/field.tsx';
import { PageHead } from '../ui/page-head.tsx';
import screen from '../ui/screen.module.css';
import { Segmented } from '../ui/segmented.tsx';
import { Select } from '../ui/select.tsx';
import { TextField } from '../ui/text-field.tsx';
import { useSettled } from '../ui/use-settled.ts';
import { useHandler } from '../view.ts';
import { BeginWith } from './begin-with.tsx';
import { notesIn } from './finding-notes.ts';
import { LaunchCommand } from './launch-command.tsx';
import {
  asksAnything,
  asksQuestions,
  chosenBy,
  effectiveSettings,
  emptyDraft,
  incompleteness,
  type LaunchDraft,
  launchInput,
  missingFor,
  problemsOf,
  trainableOf,
  withPreset,
  withStart,
} from './launch-draft.ts';
import { LaunchFindings } from './launch-findings.tsx';
import styles from './launch-form.module.css';
import { LaunchPlan } from './launch-plan.tsx';
import { mixWords, stageWords } from './launch-sources.ts';
import { LaunchYaml } from './launch-yaml.tsx';
import { PresetChoice } from './preset-choice.tsx';
import { PromptCard } from './prompt-card.tsx';
import { groupsOf, type Settings } from './setting-fields.ts';
import { SettingsEditor } from './settings-editor.tsx';
import { SourceList } from './source-list.tsx';
import { StopRules } from './stop-rules.tsx';
import { TextsField } from './texts-field.tsx';
import { useFieldFocus } from './use-field-focus.ts';

const views = [
  { value: 'short', label: 'In short' },
  { value: 'fields', label: 'Every setting' },
  { value: 'yaml', label: 'YAML' },
  { value: 'command', label: 'Command' },
] as const;

export function LaunchForm() {
  const [draft, setDraft] = useState(emptyDraft);
  const set = (change: Partial<LaunchDraft>) => setDraft((now) => ({ ...now, ...change }));
  const presets = useQuery('jobs.presets', {});
  const models = useQuery('models.list', {});
  const sources = useQuery('datasets.list', {});
  const suites = useQuery('rewards.suites', {});
  const status = useQuery('lab.status', {});
  const launch = useCommand('jobs.launch');
  useHandler('item.close', () => go('train'));

  const choice = chosenBy(draft, presets.data ?? [], models.data ?? [], sources.data ?? []);
  const problems = problemsOf(draft);
  const [view, setView] = useState<(typeof views)[number]['value']>('short');
  /** Why the YAML that a person edits is not what the form holds. */
  const [unread, setUnread] = useState<string | null>(null);
  const input = launchInput(draft, choice);
  const asked = useSettled(JSON.stringify(input), 250);
  const checked = useQuery('jobs.preflight', JSON.parse(asked), {
    // What the form itself finds wrong is no question to the core.
    enabled: choice.preset !== undefined && Object.keys(problems).length === 0,
    keep: true,
  });
  const findings = checked.data?.findings ?? [];
  const notesOf = notesIn(findings);
  const settings = effectiveSettings(draft, choice, checked.data?.startLora ?? null);
  const show = useFieldFocus(() => setView('fields'));
  const command = checked.data?.command ?? null;
  const known = presets.data && models.data && sources.data;
  const wrong = checked.error
    ? 'The run could not be checked.'
    : findings.some(({ level }) => level === 'error')
      ? 'What stops the run has to be mended first.'
      : undefined;
  const missing = known
    ? ((unread && `The YAML cannot be used: ${unread}`) ??
      missingFor(draft, choice, status.data?.trainer) ??
      wrong)
    : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (missing || !known) return;
    launch.mutate(input, { onSuccess: ({ id }) => go('train', { id }) });
  };
  const bases = trainableOf(models.data ?? []);
  const failed = presets.error ?? models.error ?? sources.error;
  return (
    <>
      <PageHead crumb="Train / New run" onUp={() => go('train')} title="What shall it learn next?" />
      <form className={`${screen.scroll} ${styles.form}`} onSubmit={submit}>
        <div className={styles.fields}>
          {failed && <ErrorCard what="The form could not be prepared" error={failed} />}
          <PresetChoice
            presets={presets.data}
            chosen={choice.preset?.id ?? null}
            onChoose={(id) => {
              const next = presets.data?.find((each) => each.id === id);
              if (next) setDraft(withPreset(draft, choice.preset, next));
            }}
          />
          <Card title="Settings of this run">
            <div className={styles.grid}>
              <Field
                label="Base model"
                name="baseId"
                notes={notesOf('baseId')}
                hint={
                  choice.preset?.expectsAdapter
                    ? 'This preset is meant for an adapter of an earlier run, merged into its base.'
                    : 'Its weights stay as they are; the run trains an adapter on top.'
                }
              >
                {({ id }) => (
                  <Select
                    id={id}
                    label="Base model"
                    placeholder={
                      bases.length > 0 ? 'Choose a base or an adapter' : 'No base that can be trained'
                    }
                    options={bases.map((base) => ({
                      value: base.id,
                      label: base.name,
                      detail: base.kind === 'base' ? base.architecture : `adapter on ${base.parentId}`,
                    }))}
                    value={choice.base?.id ?? null}
                    onChange={(baseId) => setDraft(withStart({ ...draft, baseId }, choice.preset, null))}
                  />
                )}
              </Field>
              {(choice.starts.length > 0 || draft.startAdapterId !== null) && (
                <BeginWith
                  adapters={choice.starts}
                  value={draft.startAdapterId}
                  notes={notesOf('startAdapterId')}
                  onChange={(id) => setDraft(withStart(draft, choice.preset, id))}
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
                  hint="What it is rewarded for. Evaluations are read with the same suite."
                >
                  {({ id }) => (
                    <Select
                      id={id}
                      label="Reward suite"
                      options={suiteOptions(suites.data ?? [])}
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
                    hint="Each step asks a few questions and updates the adapter once."
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
                hint="Left empty, it is named after suite, base and seed."
                error={problems.name}
              >
                {(ids) => (
                  <TextField
                    {...ids}
                    value={draft.name}
                    onChange={(event) => set({ name: event.target.value })}
                  />
                )}
              </Field>
            </div>
          </Card>
          {choice.preset && asksQuestions(choice.preset) && (
            <SourceList
              words={stageWords(choice.settings)}
              shown={choice.sources}
              isOwn={draft.sources !== null}
              known={sources.data ?? []}
              notes={notesOf('sources')}
              onChange={(lines) => set({ sources: lines })}
            />
          )}
          {choice.preset && asksAnything(choice.preset) && (
            <PromptCard
              value={draft.template ?? choice.preset.template}
              notes={notesOf('template')}
              onChange={(template) => set({ template })}
            />
          )}
          <Segmented label="How the settings are shown" options={views} value={view} onChange={setView} />
          {view === 'fields' && choice.preset && (
            <SettingsEditor
              // What was switched off in one preset comes back in that one only.
              key={choice.preset.id}
              groups={groupsOf(choice.preset.kind, settings, choice.preset.settings)}
              settings={choice.settings}
              fixed={draft.startAdapterId === null ? {} : { lora: 'As in the adapter that it goes on from.' }}
              notesOf={notesOf}
              onChange={(settings) => set({ settings, steps: '', learningRate: '' })}
            />
          )}
          {view === 'yaml' && (
            <LaunchYaml
              written={checked.data?.yaml}
              current={asked === JSON.stringify(input) && !checked.isPlaceholderData}
              presets={presets.data ?? []}
              onChange={setDraft}
              onProblem={setUnread}
            />
          )}
          {(view === 'short' || view === 'fields') && (
            <StopRules
              key={choice.preset?.id}
              rules={checked.data?.stopRules ?? []}
              settings={choice.settings}
              notesOf={notesOf}
              onChange={(settings) => set({ settings, steps: '', learningRate: '' })}
            />
          )}
          {view === 'command' && (
            <LaunchCommand command={command} missing={known ? incompleteness(draft, choice) : undefined} />
          )}
          {launch.error && <ErrorCard what="The run was not started" error={launch.error} />}
        </div>
        <aside className={styles.plan}>
          <LaunchPlan
            draft={draft}
            choice={choice}
            settings={settings}
            trainer={status.data?.trainer}
            plan={checked.data?.plan ?? null}
          />
          {checked.error && <ErrorCard what="The run could not be checked" error={checked.error} />}
          <Button
            kind="primary"
            submit
            icon={Play}
            reason={missing}
            busy={launch.isPending}
            className={styles.start}
          >
            {launch.isPending ? 'Starting…' : 'Start the run'}
          </Button>
          {missing && <p className={styles.missing}>{missing}</p>}
          <LaunchFindings findings={findings} stages={stageNames(choice.settings)} onShow={show} />
        </aside>
      </form>
    </>
  );
}

/** Of a program, in their order. */
function stageNames({ stages }: Settings): string[] {
  return (Array.isArray(stages) ? stages : []).map((stage: unknown, i) =>
    String((isBlock(stage) && stage['id']) || i + 1),
  );
}
