// The frame around every screen: rail, screen, strip, and what floats above them.
import { CSPProvider } from '@base-ui/react/csp-provider';
import type { ReactNode } from 'react';
import styles from './app.module.css';
import { CompareScreen } from './comparisons/compare-screen.tsx';
import { DataScreen } from './datasets/data-screen.tsx';
import { ImportDialog } from './datasets/import-dialog.tsx';
import { EvaluateScreen } from './evals/evaluate-screen.tsx';
import { StartDialog } from './evals/start-dialog.tsx';
import { HomeScreen } from './home/home-screen.tsx';
import { TrainScreen } from './jobs/train-screen.tsx';
import { AddModelDialog } from './models/add-model-dialog.tsx';
import { ImportAdapterDialog } from './models/import-adapter-dialog.tsx';
import { ModelsScreen } from './models/models-screen.tsx';
import { type Screen, useRoute } from './route.ts';
import { CoreBanner } from './shell/core-banner.tsx';
import { ErrorBoundary } from './shell/error-boundary.tsx';
import { useGlobalActs } from './shell/global-acts.ts';
import { useKeys } from './shell/keys.ts';
import { useEndNews } from './shell/news.ts';
import { Palette } from './shell/palette.tsx';
import { Rail } from './shell/rail.tsx';
import { SettingsDialog } from './shell/settings-dialog.tsx';
import { ShortcutsDialog } from './shell/shortcuts-dialog.tsx';
import { Strip } from './shell/strip.tsx';
import { Toasts } from './ui/toast.tsx';
import { TooltipProvider } from './ui/tooltip.tsx';
import { type DialogName, useView } from './view.ts';

const screenOf: Readonly<Record<Screen, () => ReactNode>> = {
  home: HomeScreen,
  data: DataScreen,
  train: TrainScreen,
  models: ModelsScreen,
  evaluate: EvaluateScreen,
  compare: CompareScreen,
};

const dialogOf: Readonly<Record<DialogName, () => ReactNode>> = {
  'import-data': ImportDialog,
  'add-model': AddModelDialog,
  'import-adapter': ImportAdapterDialog,
  'start-evaluation': StartDialog,
  settings: SettingsDialog,
  shortcuts: ShortcutsDialog,
};

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
              <Front />
            </ErrorBoundary>
          </main>
          <Strip />
        </div>
        {Dialog && <Dialog />}
        {palette && <Palette />}
        <Toasts />
      </TooltipProvider>
    </CSPProvider>
  );
}
