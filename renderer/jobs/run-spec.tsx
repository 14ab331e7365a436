// What was started, exactly: the particulars, the command, every change of state with its reason, and the spec as written.
import type { JobDetail } from '../../core/contract/jobs.ts';
import { bridge } from '../bridge.ts';
import { runStateInWords, runTone } from '../run-state.ts';
import { Button } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { CodeBlock } from '../ui/code-block.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { Facts } from '../ui/facts.tsx';
import { formatMoment } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import screen from '../ui/screen.module.css';
import { tell } from '../ui/toast.tsx';
import { factsOf } from './run-facts.ts';
import styles from './run-spec.module.css';

export function RunSpec({ run }: { run: JobDetail }) {
  const { spec } = run;
  const json = JSON.stringify(spec, null, 2);
  const show = () =>
    void bridge
      .showInFolder(`${run.folder}/spec.json`)
      .catch((error: Error) =>
        tell({ title: 'The folder cannot be shown', detail: error.message, tone: 'bad' }),
      );
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
        <Card title="History">
          <ol className={styles.history}>
            {run.transitions.map((change) => (
              <li key={`${change.to}${change.at}`}>
                <Pill tone={runTone(change.to)}>{runStateInWords(change.to)}</Pill>
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
            <Button kind="quiet" onClick={show}>
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
