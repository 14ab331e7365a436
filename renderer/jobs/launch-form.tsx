// Start a run: a preset, the few fields that matter with one line each, and beside them what will happen.
import { Play } from 'lucide-react';
import { type FormEvent, Fragment, useState } from 'react';
import { isBlock } from '../../core/contract/is-block.ts';
import { useCommand, useQuery } from '../queries.ts';
import { go } from '../route.ts';
import { Button } from '../ui/button.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { PageHead } from '../ui/page-head.tsx';
import screen from '../ui/screen.module.css';
import { Segmented } from '../ui/segmented.tsx';
import { useSettled } from '../ui/use-settled.ts';
import { useHandler } from '../view.ts';
import { notesIn } from './finding-notes.ts';
import { LaunchCommand } from './launch-command.tsx';
import {
  asksAnything,
  asksQuestions,
  chosenBy,
  effectiveSettings,
  incompleteness,
  type LaunchDraft,
  launchInput,
  missingFor,
  problemsOf,
  trainableOf,
  WRONG_FIELD,
  withPreset,
  wrongFields,
} from './launch-draft.ts';
import { LaunchFields } from './launch-fields.tsx';
import { LaunchFindings } from './launch-findings.tsx';
import styles from './launch-form.module.css';
import { LaunchPlan } from './launch-plan.tsx';
import { stageWords } from './launch-sources.ts';
import { LaunchYaml } from './launch-yaml.tsx';
import { PresetChoice } from './preset-choice.tsx';
import { PromptCard } from './prompt-card.tsx';
import { groupsOf, type Settings } from './setting-fields.ts';
import { SettingsEditor } from './settings-editor.tsx';
import { SourceList } from './source-list.tsx';
import { StopRules } from './stop-rules.tsx';
import { useFieldFocus } from './use-field-focus.ts';
import { useLaunchDraft } from './use-launch-draft.ts';

const views = [
  { value: 'short', label: 'In short' },
  { value: 'fields', label: 'Every setting' },
  { value: 'yaml', label: 'YAML' },
  { value: 'command', label: 'Command' },
] as const;

export function LaunchForm() {
  const presets = useQuery('jobs.presets', {});
  const models = useQuery('models.list', {});
  const sources = useQuery('datasets.list', {});
  const suites = useQuery('rewards.suites', {});
  const status = useQuery('lab.status', {});
  const launch = useCommand('jobs.launch');
  const { draft, change, refusal, remember } = useLaunchDraft(launch.error);
  const set = (part: Partial<LaunchDraft>) => change((now) => ({ ...now, ...part }));
  useHandler('item.close', () => go('train'));

  const choice = chosenBy(draft, presets.data ?? [], models.data ?? [], sources.data ?? []);
  const problems = problemsOf(draft);
  const hasProblem = Object.keys(problems).length > 0;
  const [view, setView] = useState<(typeof views)[number]['value']>('short');
  /** Why the YAML that a person edits is not what the form holds. */
  const [unread, setUnread] = useState<string | null>(null);
  const input = launchInput(draft, choice);
  const asked = useSettled(JSON.stringify(input), 250);
  const isCurrent = asked === JSON.stringify(input);
  const question: typeof input = JSON.parse(asked);
  const checked = useQuery('jobs.preflight', question, {
    // What the form itself finds wrong is no question to the core, nor what it held before it knew a preset, or before the last key.
    enabled: question.preset !== '' && !hasProblem && isCurrent,
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
    remember();
    launch.mutate(input, { onSuccess: ({ id }) => go('train', { id }) });
  };
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
              if (next) change(withPreset(draft, choice.preset, next));
            }}
          />
          <LaunchFields
            draft={draft}
            choice={choice}
            bases={trainableOf(models.data ?? [])}
            suites={suites.data ?? []}
            problems={problems}
            notesOf={notesOf}
            onChange={change}
          />
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
          {/* What was switched off in one preset comes back in that one only. */}
          <Fragment key={choice.preset?.id}>
            {view === 'fields' && choice.preset && (
              <SettingsEditor
                groups={groupsOf(choice.preset.kind, settings, choice.preset.settings)}
                settings={choice.settings}
                fixed={
                  draft.startAdapterId === null ? {} : { lora: 'As in the adapter that it goes on from.' }
                }
                notesOf={notesOf}
                onChange={(settings) => set({ settings, steps: '', learningRate: '' })}
              />
            )}
            {(view === 'short' || view === 'fields') && (
              <StopRules
                rules={checked.data?.stopRules ?? []}
                settings={choice.settings}
                notesOf={notesOf}
                onChange={(settings) => set({ settings, steps: '', learningRate: '' })}
              />
            )}
          </Fragment>
          {view === 'yaml' && (
            <LaunchYaml
              written={checked.data?.yaml}
              current={isCurrent && !checked.isPlaceholderData}
              presets={presets.data ?? []}
              onChange={change}
              onProblem={setUnread}
            />
          )}
          {view === 'command' && (
            <LaunchCommand command={command} missing={known ? incompleteness(draft, choice) : undefined} />
          )}
        </div>
        <aside className={styles.plan}>
          <LaunchPlan
            draft={draft}
            choice={choice}
            settings={settings}
            trainer={status.data?.trainer}
            plan={checked.data?.plan ?? null}
            wrong={wrongFields(problems)}
            onShow={show}
          />
          {checked.error && !hasProblem && (
            <ErrorCard what="The run could not be checked" error={checked.error} />
          )}
          {/* Above the button: there it is seen by whoever has just pressed it. */}
          {refusal && unread === null && <ErrorCard {...refusal} />}
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
          {missing && missing !== WRONG_FIELD && <p className={styles.missing}>{missing}</p>}
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
