// Says that the core is away and that the window waits for it; goes by itself when the core is back.
import { useEffect, useState } from 'react';
import type { CoreState } from '../../core/contract/native.ts';
import { bridge } from '../bridge.ts';
import { useCoreState } from '../core.ts';
import { Button } from '../ui/button.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { Pill } from '../ui/pill.tsx';
import styles from './core-banner.module.css';

/** A start that is faster than this needs no words. */
const PATIENCE_MS = 1200;

export function CoreBanner() {
  const core = useCoreState();
  const slow = useLasts(core.state === 'starting', PATIENCE_MS);
  const again = useRestarting(core.state);
  if (core.state === 'ready' || (core.state === 'starting' && !slow && !again)) return null;
  const failed = core.state === 'failed';
  return (
    <div className={styles.banner} data-failed={failed || undefined} role="status">
      <Pill tone={failed ? 'bad' : 'warn'} live={!failed}>
        {failed ? 'The core does not start' : again ? 'The core is restarting' : 'The core is starting'}
      </Pill>
      <span className={styles.words}>
        {failed
          ? core.message
          : 'What was acknowledged is saved, and runs go on without it. The window is right again by itself.'}
      </span>
      {failed && (
        <>
          <CopyButton wide label="Copy" text={core.message} />
          <Button onClick={() => void bridge.restartCore()}>Start it again</Button>
        </>
      )}
    </div>
  );
}

/** From the death of a core until the next one answers: `restarting` and the `starting` after it are one event for a person. */
function useRestarting(state: CoreState['state']): boolean {
  const [restarting, setRestarting] = useState(false);
  useEffect(() => {
    if (state === 'restarting') setRestarting(true);
    else if (state !== 'starting') setRestarting(false);
  }, [state]);
  return restarting || state === 'restarting';
}

function useLasts(on: boolean, ms: number): boolean {
  const [lasted, setLasted] = useState(false);
  useEffect(() => {
    if (!on) {
      setLasted(false);
      return;
    }
    const timer = setTimeout(() => setLasted(true), ms);
    return () => clearTimeout(timer);
  }, [on, ms]);
  return lasted;
}
