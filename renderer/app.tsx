// The frame around every screen: rail, screen, strip, and what floats above them.
import { CSPProvider } from '@base-ui/react/csp-provider';
import { Suspense } from 'react';
import styles from './app.module.css';
import { useRoute } from './route.ts';
import { dialogOf, Palette, screenOf } from './screens.ts';
import { CoreBanner } from './shell/core-banner.tsx';
import { ErrorBoundary } from './shell/error-boundary.tsx';
import { useGlobalActs } from './shell/global-acts.ts';
import { useKeys } from './shell/keys.ts';
import { useEndNews } from './shell/news.ts';
import { Rail } from './shell/rail.tsx';
import { Strip } from './shell/strip.tsx';
import { Toasts } from './ui/toast.tsx';
import { TooltipProvider } from './ui/tooltip.tsx';
import { useView } from './view.ts';

export function App() {
  const screen = useRoute((route) => route.screen);
  const dialog = useView((view) => view.dialog?.name);
  const palette = useView((view) => view.palette);
  useKeys();
  useGlobalActs();
  useEndNews();
  const Front = screenOf[screen];
  const Dialog = dialog && dialogOf[dialog];
  return (
    <CSPProvider disableStyleElements>
      <TooltipProvider delay={350}>
        <div className={styles.frame}>
          <Rail />
          <main className={styles.main} aria-labelledby="screen-title">
            <CoreBanner />
            <ErrorBoundary key={screen}>
              <Suspense fallback={null}>
                <Front />
              </Suspense>
            </ErrorBoundary>
          </main>
          <Strip />
        </div>
        <Suspense fallback={null}>
          {Dialog && <Dialog />}
          {palette && <Palette />}
        </Suspense>
        <Toasts />
      </TooltipProvider>
    </CSPProvider>
  );
}
