// "Next": up to three acts, the first one as the button of the screen.

import type { Demo } from '../../core/contract/demo.ts';
import { keysOf } from '../action-button.tsx';
import { actionOf, runnerOf } from '../actions.ts';
import { useQuery } from '../queries.ts';
import { go } from '../route.ts';
import { Button } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { openDialog, useView } from '../view.ts';
import { type NextAct, nextActs } from './next-acts.ts';
import styles from './next-card.module.css';

export function NextCard() {
  const status = useQuery('lab.status', {});
  const latest = useQuery('demo.latest', {});
  const runs = useQuery('jobs.list', {});
  const models = useQuery('models.list', {});
  const evaluations = useQuery('evals.list', {});
  // The demo's act becomes possible when the shell offers it.
  useView((view) => view.handlers['demo.start']);
  const known = status.data && runs.data && models.data && evaluations.data && latest.data !== undefined;
  const acts = known
    ? nextActs({
        status: status.data,
        demoRunning: latest.data?.state === 'running',
        runs: runs.data,
        models: models.data,
        evaluations: evaluations.data,
        recordedMs: recordedMs(latest.data),
      })
    : [];
  return (
    <Card title="Next">
      <ul>
        {acts.map((act, i) => (
          <li key={act.id} className={styles.act}>
            <div>
              <b>{act.title}</b>
              <small>{act.detail}</small>
            </div>
            <Button
              kind={i === 0 ? 'primary' : 'usual'}
              reason={act.reason}
              keys={'action' in act.to ? keysOf(act.to.action) : undefined}
              onClick={() => follow(act.to)}
            >
              {act.button}
            </Button>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function recordedMs(demo: Demo | null): number | null {
  return demo?.recorded && demo.endedAt !== null ? demo.endedAt - demo.startedAt : null;
}

function follow(to: NextAct['to']): void {
  if ('action' in to) runnerOf(actionOf(to.action), 'home')?.();
  else if ('dialog' in to) openDialog(to.dialog, to.about);
  else go(to.screen, { id: to.id ?? null, params: to.params ?? {} });
}
