// One question of a run: its reward step by step, and two of its completions against each other.
import type { JobDetail } from '../../core/contract/jobs.ts';
import type { Rollout, RunPrompt, RunStage } from '../../core/contract/run-views.ts';
import { goldInWords } from '../gold-in-words.ts';
import { useQuery } from '../queries.ts';
import { adjust, useRoute } from '../route.ts';
import { shortStep } from '../run-stages.ts';
import { verdictInWords, verdictTone } from '../run-state.ts';
import { Choices } from '../ui/choices.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatNumber, joinPieces, plural } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import { Select } from '../ui/select.tsx';
import { Sparkline } from '../ui/sparkline.tsx';
import { WordDiff } from '../ui/word-diff.tsx';
import { useStages } from '../use-stages.ts';
import { byStep, pick, placeOf, type StepGroup } from './question-groups.ts';
import styles from './question-pane.module.css';

export function QuestionPane({ run, prompt }: { run: JobDetail; prompt: RunPrompt }) {
  const rollouts = useQuery('jobs.rolloutsOfPrompt', { id: run.id, rowId: prompt.rowId }, { keep: true });
  const source = useQuery('datasets.row', { id: prompt.rowId, template: run.spec.prompt.id });
  const params = useRoute((route) => route.params);
  const stages = useStages(run);
  const at = (step: number) => `at ${stages.length > 0 ? shortStep(stages, step) : `step ${step}`}`;
  if (rollouts.error) return <ErrorCard what="Its completions could not be loaded" error={rollouts.error} />;
  const first = rollouts.data?.[0];
  const last = rollouts.data?.at(-1);
  if (!first || !last || first.rowId !== prompt.rowId) return null;
  const groups = byStep(rollouts.data ?? []);
  const left = pick(groups, params.left, first);
  const right = pick(groups, params.right, last);
  return (
    <article className={styles.pane}>
      <header>
        <small>
          {joinPieces(
            plural(prompt.rollouts, 'completion'),
            `in ${plural(prompt.steps, 'step')}`,
            prompt.steps === 1
              ? `reward ${formatNumber(prompt.lastMean)} ${at(prompt.lastStep)}`
              : `reward ${formatNumber(prompt.firstMean)} ${at(prompt.firstStep)}, ${formatNumber(prompt.lastMean)} ${at(prompt.lastStep)}`,
            source.data && goldInWords(source.data.row),
          )}
        </small>
        <p className={styles.question}>{prompt.question}</p>
        <Choices choices={source.data?.row.choices} gold={source.data?.row.answer ?? null} />
        {groups.length > 1 && (
          <Sparkline
            values={groups.map(({ mean }) => mean)}
            label="Mean reward each time it was asked"
            width={240}
            height={36}
          />
        )}
      </header>
      <div className={styles.choose}>
        <Side
          name="Before"
          stages={stages}
          groups={groups}
          value={left}
          onChange={(place) => adjust({ params: { left: place } })}
        />
        <Side
          name="After"
          stages={stages}
          groups={groups}
          value={right}
          onChange={(place) => adjust({ params: { right: place } })}
        />
      </div>
      <WordDiff before={left.completion} after={right.completion} label="What changed between the two" />
    </article>
  );
}

interface SideProps {
  name: string;
  stages: readonly RunStage[];
  groups: readonly StepGroup[];
  value: Rollout;
  onChange(place: string): void;
}

function Side({ name, stages, groups, value, onChange }: SideProps) {
  const options = groups.flatMap((group) =>
    group.samples.map((rollout, sample) => ({
      value: `${group.step}/${sample}`,
      label: `${stages.length > 0 ? shortStep(stages, group.step) : `Step ${group.step}`}, sample ${sample + 1}`,
      detail: joinPieces(
        `earned ${formatNumber(rollout.total)}`,
        verdictInWords(rollout.verdict),
        group.distinct === 1 && group.samples.length > 1 && 'all samples alike',
      ),
    })),
  );
  return (
    <div className={styles.side}>
      <b>{name}</b>
      <Select
        label={`${name}: step and sample`}
        options={options}
        value={placeOf(groups, value)}
        onChange={onChange}
      />
      <Pill tone={verdictTone(value.verdict)}>{verdictInWords(value.verdict)}</Pill>
      <span>{`earned ${formatNumber(value.total)}`}</span>
    </div>
  );
}
