// Which rollout is open, by its key: a run that goes on puts newer ones before it, and what a person reads stays. Used by rollouts-tab.tsx.
import { useEffect, useState } from 'react';
import { type Rollout, RolloutKey, rolloutKey } from '../../core/contract/run-views.ts';
import { type Input, type Pages, useQuery } from '../queries.ts';
import { adjust, useRoute } from '../route.ts';
import { standing } from './rollout-selection.ts';

export interface RolloutSelection {
  /** Where it stands in the list; null while that is not known. */
  selected: number | null;
  key: string | null;
  open: Rollout | undefined;
  select(index: number): void;
}

type Filter = Omit<Input<'jobs.rollouts'>, 'offset' | 'limit'>;

export function useRolloutSelection(filter: Filter, rollouts: Pages<Rollout>): RolloutSelection {
  const row = RolloutKey.safeParse(useRoute((route) => route.params['row']));
  const key = row.success ? row.data : null;
  const [wanted, setWanted] = useState<number | null>(null);
  const [chosen, setChosen] = useState({ key: '', place: 0 });
  const found = useQuery('jobs.rollout', { ...filter, key: key ?? '' }, { enabled: key !== null });
  const { target, selected } = standing({ key, wanted, chosen, found: found.data?.place });
  const targeted = target === null ? undefined : rollouts.at(target);

  const choose = (rollout: Rollout, at: number) => {
    setWanted(null);
    setChosen({ key: rolloutKey(rollout), place: at });
    adjust({ params: { row: rolloutKey(rollout) } });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: `choose` is new at each render and does the same
  useEffect(() => {
    if (target !== null && targeted) choose(targeted, target);
  }, [target, targeted]);

  const inSight = selected === null ? undefined : rollouts.at(selected);
  const isIt = (rollout: Rollout | null | undefined): rollout is Rollout =>
    rollout != null && rolloutKey(rollout) === key;
  return {
    selected,
    key,
    open: [inSight, found.data?.rollout].find(isIt),
    select: (index) => {
      const rollout = rollouts.at(index);
      if (rollout) choose(rollout, index);
      else setWanted(index);
    },
  };
}
