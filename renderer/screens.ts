// Every screen and dialog by name. Home is there from the start; the others are loaded once the first picture stands.
import { type ComponentType, lazy } from 'react';
import { HomeScreen } from './home/home-screen.tsx';
import type { Screen } from './route.ts';
import type { DialogName } from './view.ts';

const loads: (() => Promise<unknown>)[] = [];

function later(load: () => Promise<ComponentType>): ComponentType {
  loads.push(load);
  return lazy(async () => ({ default: await load() }));
}

export const screenOf: Readonly<Record<Screen, ComponentType>> = {
  home: HomeScreen,
  data: later(async () => (await import('./datasets/data-screen.tsx')).DataScreen),
  rewards: later(async () => (await import('./rewards/rewards-screen.tsx')).RewardsScreen),
  train: later(async () => (await import('./jobs/train-screen.tsx')).TrainScreen),
  models: later(async () => (await import('./models/models-screen.tsx')).ModelsScreen),
  evaluate: later(async () => (await import('./evals/evaluate-screen.tsx')).EvaluateScreen),
  compare: later(async () => (await import('./comparisons/compare-screen.tsx')).CompareScreen),
};

export const dialogOf: Readonly<Record<DialogName, ComponentType>> = {
  'import-data': later(async () => (await import('./datasets/import-dialog.tsx')).ImportDialog),
  'add-model': later(async () => (await import('./models/add-model-dialog.tsx')).AddModelDialog),
  'import-adapter': later(
    async () => (await import('./models/import-adapter-dialog.tsx')).ImportAdapterDialog,
  ),
  'start-evaluation': later(async () => (await import('./evals/start-dialog.tsx')).StartDialog),
  'stop-run': later(async () => (await import('./jobs/stop-dialog.tsx')).StopDialog),
  'pick-row': later(async () => (await import('./rewards/pick-row-dialog.tsx')).PickRowDialog),
  'pick-completion': later(
    async () => (await import('./rewards/pick-completion-dialog.tsx')).PickCompletionDialog,
  ),
  settings: later(async () => (await import('./shell/settings-dialog.tsx')).SettingsDialog),
  shortcuts: later(async () => (await import('./shell/shortcuts-dialog.tsx')).ShortcutsDialog),
};

export const Palette = later(async () => (await import('./shell/palette.tsx')).Palette);

/** Called by main.tsx after the first picture: from then on every screen opens without a wait. */
export function loadTheRest(): void {
  requestIdleCallback(() => {
    for (const load of loads) void load();
  });
}
