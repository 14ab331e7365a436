// Try on a set: two suites over every completion of an evaluation, a run or a file, and where they see it differently.
import { FlaskConical, FolderOpen } from 'lucide-react';
import { ActionButton } from '../action-button.tsx';
import { bridge } from '../bridge.ts';
import { useQuery } from '../queries.ts';
import { useRoute } from '../route.ts';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { plural } from '../ui/format.ts';
import { Progress } from '../ui/progress.tsx';
import screen from '../ui/screen.module.css';
import { Select } from '../ui/select.tsx';
import { useHandler } from '../view.ts';
import { findSuite, keyOf, suiteOptions, useSuites } from './suite-names.ts';
import { withoutField } from './suite-words.ts';
import { chooseForTry, setOf, setOptions, type Trial, useTrial, useTryChoice } from './trial.ts';
import { TryReport } from './try-report.tsx';
import styles from './try-tab.module.css';

export function TryTab() {
  const params = useRoute((route) => route.params);
  const evaluations = useQuery('evals.list', {});
  const runs = useQuery('jobs.list', {});
  const suites = useSuites();
  const kept = useTryChoice();
  const chosen = params.set ?? kept.set;
  const named = chosen?.startsWith('file:') ? [chosen.slice(5)] : [];
  const options = setOptions(evaluations.data ?? [], runs.data ?? [], [
    ...new Set([...named, ...kept.files]),
  ]);
  const set = chosen ?? options[0]?.value ?? null;
  const left = findSuite(suites.data, params.left ?? kept.left);
  const chosenRight = params.right ?? kept.right;
  const right = chosenRight
    ? findSuite(suites.data, chosenRight)
    : suites.data?.find((suite) => suite.name !== left?.name);
  const wanted: Trial | null =
    set && left && right ? { set: setOf(set), left: keyOf(left), right: keyOf(right) } : null;
  const trial = useTrial(wanted);
  const reason = wanted ? undefined : 'Choose a set and two suites first.';
  useHandler('rewards.run', wanted && !trial.running ? trial.start : undefined);
  const choose = async () => {
    const file = await bridge.openFile({
      title: 'Completions to try',
      filters: [{ name: 'Completions', extensions: ['jsonl'] }],
    });
    if (file) chooseForTry({ set: `file:${file}` });
  };
  const suiteSelect = (
    label: 'Left suite' | 'Right suite',
    param: 'left' | 'right',
    value: string | null,
  ) => (
    <Select
      label={label}
      className={styles.suite}
      options={suiteOptions(suites.data)}
      value={value}
      onChange={(key) => chooseForTry({ [param]: key })}
    />
  );
  return (
    <>
      <div className={`${screen.bar} ${styles.bar}`}>
        <Select
          label="Set of completions"
          placeholder="Nothing stored yet"
          className={styles.set}
          options={options}
          value={set}
          onChange={(next) => chooseForTry({ set: next })}
        />
        <Button icon={FolderOpen} onClick={() => void choose()}>
          File…
        </Button>
        {suiteSelect('Left suite', 'left', left ? keyOf(left) : null)}
        <span className={screen.quiet}>against</span>
        {suiteSelect('Right suite', 'right', right ? keyOf(right) : null)}
        <ActionButton
          action="rewards.run"
          kind="primary"
          icon={FlaskConical}
          reason={reason}
          busy={trial.running}
        >
          {trial.running ? 'Scoring…' : 'Try'}
        </ActionButton>
        {trial.running && (
          <Button kind="quiet" onClick={trial.cancel}>
            Cancel
          </Button>
        )}
        <span className={screen.count}>{trial.report && plural(trial.report.n, 'completion')}</span>
      </div>
      {trial.running && (
        <div className={styles.progress}>
          <Progress
            label="Scoring the set"
            done={trial.activity?.done ?? 0}
            total={trial.activity?.total ?? null}
            ratePerSecond={trial.activity?.ratePerSecond ?? null}
            leftMs={trial.activity?.leftMs ?? null}
            unit=" completions"
          />
        </div>
      )}
      {trial.error ? (
        <div className={screen.scroll}>
          <ErrorCard what="The set could not be tried" error={withoutField(trial.error)} />
        </div>
      ) : trial.report ? (
        <TryReport report={trial.report} />
      ) : (
        !trial.running && (
          <EmptyState icon={FlaskConical} title="What would another suite have said?">
            Two suites score every completion of a set that is stored here: how their totals spread, which of
            them follows the right answers, and where they disagree most.
          </EmptyState>
        )
      )}
    </>
  );
}
