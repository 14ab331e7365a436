// What was started, exactly: the particulars, the command, every change of state with its reason, and the spec as written.
import type { JobDetail } from '../../core/contract/jobs.ts';
import { runInWords, runStateInWords, runTone } from '../run-state.ts';
import { showInFolder } from '../show-in-folder.ts';
import { Button } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { CodeBlock } from '../ui/code-block.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { Facts } from '../ui/facts.tsx';
import { formatMoment } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import screen from '../ui/screen.module.css';
import { canBeEnded, factsOf, stopRulesOf } from './run-facts.ts';
import styles from './run-spec.module.css';

export function RunSpec({ run }: { run: JobDetail }) {
  const { spec } = run;
  const json = JSON.stringify(spec, null, 2);
  return (
    <div className={`${screen.scroll} ${styles.room}`}>
      <div className={screen.stack}>
        <Card title="Particulars">
          <Facts
            facts={[
              ...factsOf(spec),
              ['Seed', spec.seed],
              ['Started', run.startedAt ? formatMoment(run.startedAt) : 'not yet'],
              ['Launches', run.launches],
            ]}
          />
        </Card>
        {canBeEnded(spec) && <EndsByItself rules={stopRulesOf(spec)} />}
        <Card title="History">
          <ol className={styles.history}>
            {run.transitions.map((change) => (
              <li key={`${change.to}${change.at}`}>
                <Pill tone={runTone(change.to)}>
                  {change.to === 'STOPPED'
                    ? runInWords({ ...run, state: change.to })
                    : runStateInWords(change.to)}
                </Pill>
                <small>{formatMoment(change.at)}</small>
                <span>{change.reason}</span>
              </li>
            ))}
          </ol>
        </Card>
      </div>
      <div className={screen.stack}>
        <Card title="Command" figure={<CopyButton text={run.command} label="Copy the command" />}>
          <CodeBlock label="Command" text={run.command} />
          <div className={styles.folder}>
            <small>{run.folder}</small>
            <Button kind="quiet" onClick={() => showInFolder(`${run.folder}/spec.json`, 'The folder')}>
              Show the folder
            </Button>
          </div>
        </Card>
        <Card title="spec.json" figure={<CopyButton text={json} label="Copy the spec" />}>
          <CodeBlock label="spec.json" text={json} className={styles.json} />
        </Card>
      </div>
    </div>
  );
}

function EndsByItself({ rules }: { rules: readonly string[] }) {
  return (
    <Card title="Ends by itself">
      {rules.length === 0 ? (
        <p className={styles.none}>No stop rule is on: its last step, its deadline or a person ends it.</p>
      ) : (
        <ul className={styles.rules}>
          {rules.map((rule) => (
            <li key={rule}>{rule}</li>
          ))}
        </ul>
      )}
    </Card>
  );
}
