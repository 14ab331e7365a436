// Home: the loop with the state of each part, the one next act, what is going on, and what the last demo proved.
import { ActionButton } from '../action-button.tsx';
import { useQuery } from '../queries.ts';
import { ErrorCard } from '../ui/error-card.tsx';
import { PageHead } from '../ui/page-head.tsx';
import screen from '../ui/screen.module.css';
import { DemoCard } from './demo-card.tsx';
import styles from './home-screen.module.css';
import { Loop } from './loop.tsx';
import { Machines } from './machines.tsx';
import { NextCard } from './next-card.tsx';
import { ResultCard } from './result-card.tsx';
import { RunningCard } from './running-card.tsx';

export function HomeScreen() {
  const status = useQuery('lab.status', {});
  const latest = useQuery('demo.latest', {});
  const demo = latest.data;
  const running = demo?.state === 'running';
  return (
    <>
      <PageHead
        crumb={status.data ? `Lab · ${status.data.name}` : 'Lab'}
        title="What next?"
        acts={
          <>
            <ActionButton action="data.import" kind="quiet" />
            <ActionButton action="train.new" />
          </>
        }
      />
      <div className={screen.scroll}>
        {status.error ? (
          <ErrorCard what="The lab could not be read" error={status.error} />
        ) : (
          <div className={styles.room}>
            <Loop />
            {demo && (running || demo.state === 'failed') ? (
              <>
                <DemoCard demo={demo} />
                <NextCard />
              </>
            ) : (
              <div className={styles.columns}>
                <NextCard />
                <RunningCard />
              </div>
            )}
            {demo?.state === 'done' && <ResultCard demo={demo} />}
            <Machines />
          </div>
        )}
      </div>
    </>
  );
}
