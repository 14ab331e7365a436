// Rewards: what a completion earns and why, the suites, two of them tried on a stored set, and whether cheating pays.
import { attacks } from '../../core/rewards/attacks/list.ts';
import { go, useRoute } from '../route.ts';
import { joinPieces, shortHash } from '../ui/format.ts';
import { PageHead } from '../ui/page-head.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { useHandler } from '../view.ts';
import { AttacksTab } from './attacks-tab.tsx';
import { Playground } from './playground.tsx';
import { usePlayground } from './playground-state.ts';
import { findSuite, titleOf, useSuites } from './suite-names.ts';
import { SuitesTab } from './suites-tab.tsx';
import { TryTab } from './try-tab.tsx';

const titles = {
  playground: 'What does this completion earn?',
  suites: 'What is rewarded, and how much?',
  try: 'What would another suite have said?',
  attacks: 'Does any hack beat the honest answer?',
} as const;
type Place = keyof typeof titles;

const openPlace = (place: string) => go('rewards', place === 'playground' ? {} : { id: place });

export function RewardsScreen() {
  const id = useRoute((route) => route.id);
  const place: Place = id !== null && id in titles ? (id as Place) : 'playground';
  const suites = useSuites();
  const suite = findSuite(
    suites.data,
    usePlayground((now) => now.suite),
  );
  useHandler('rewards.playground', () => openPlace('playground'));
  useHandler('rewards.suites', () => openPlace('suites'));
  useHandler('rewards.try', () => openPlace('try'));
  useHandler('rewards.attacks', () => openPlace('attacks'));
  return (
    <>
      <PageHead
        crumb={joinPieces(
          'Rewards',
          place === 'playground' && suite && `${titleOf(suite)} ${shortHash(suite.hash)}`,
        )}
        title={titles[place]}
      />
      <Tabs
        label="Parts of Rewards"
        selected={place}
        onSelect={openPlace}
        tabs={[
          { id: 'playground', title: 'Playground', panel: <Playground /> },
          { id: 'suites', title: 'Suites', count: suites.data?.length, panel: <SuitesTab /> },
          { id: 'try', title: 'Try on a set', panel: <TryTab /> },
          { id: 'attacks', title: 'Attack list', count: attacks.length, panel: <AttacksTab /> },
        ]}
      />
    </>
  );
}
