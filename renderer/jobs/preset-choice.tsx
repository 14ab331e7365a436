// The presets as cards, one of them chosen.
import type { Preset } from '../../core/contract/jobs.ts';
import { Card } from '../ui/card.tsx';
import { RadioCards } from '../ui/radio-cards.tsx';
import { readyFirst } from './launch-draft.ts';

interface PresetChoiceProps {
  presets: readonly Preset[] | undefined;
  chosen: string | null;
  onChoose(id: string): void;
}

export function PresetChoice({ presets, chosen, onChoose }: PresetChoiceProps) {
  return (
    <Card title="Preset">
      <RadioCards
        label="Preset"
        options={readyFirst(presets ?? []).map(({ id, name, summary, baseId }) => ({
          ...{ id, name, summary },
          note: baseId === null ? 'Its base is not in this lab.' : undefined,
        }))}
        chosen={chosen}
        onChoose={onChoose}
      />
    </Card>
  );
}
