// The presets as cards, one of them chosen.
import { Radio } from '@base-ui/react/radio';
import { RadioGroup } from '@base-ui/react/radio-group';
import type { Preset } from '../../core/contract/jobs.ts';
import { Card } from '../ui/card.tsx';
import styles from './preset-choice.module.css';

interface PresetChoiceProps {
  presets: readonly Preset[] | undefined;
  chosen: string | null;
  onChoose(id: string): void;
}

export function PresetChoice({ presets, chosen, onChoose }: PresetChoiceProps) {
  return (
    <Card title="Preset">
      <RadioGroup
        className={styles.presets}
        aria-label="Preset"
        value={chosen ?? ''}
        onValueChange={(id) => onChoose(String(id))}
      >
        {(presets ?? []).map((preset) => (
          // biome-ignore lint/a11y/noLabelWithoutControl: the radio inside is the control
          <label key={preset.id} className={styles.preset} data-on={preset.id === chosen || undefined}>
            <Radio.Root value={preset.id} className={styles.radio}>
              <Radio.Indicator className={styles.dot} />
            </Radio.Root>
            <span>
              <b>{preset.name}</b>
              <small>{preset.summary}</small>
            </span>
          </label>
        ))}
      </RadioGroup>
    </Card>
  );
}
