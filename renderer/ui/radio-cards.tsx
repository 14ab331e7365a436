// One of several things, each a card with a name and a sentence. Base UI does the keys and the names; the look is here.
import { Radio } from '@base-ui/react/radio';
import { RadioGroup } from '@base-ui/react/radio-group';
import styles from './radio-cards.module.css';

interface RadioCardsProps {
  label: string;
  options: readonly { id: string; name: string; summary: string; note?: string | undefined }[];
  chosen: string | null;
  onChoose(id: string): void;
}

export function RadioCards({ label, options, chosen, onChoose }: RadioCardsProps) {
  return (
    <RadioGroup
      className={styles.cards}
      aria-label={label}
      value={chosen ?? ''}
      onValueChange={(id) => onChoose(String(id))}
    >
      {options.map((option) => (
        // biome-ignore lint/a11y/noLabelWithoutControl: the radio inside is the control
        <label key={option.id} className={styles.card} data-on={option.id === chosen || undefined}>
          <Radio.Root value={option.id} className={styles.radio}>
            <Radio.Indicator className={styles.dot} />
          </Radio.Root>
          <span>
            <b>{option.name}</b>
            <small>{option.summary}</small>
            {option.note && <small className={styles.note}>{option.note}</small>}
          </span>
        </label>
      ))}
    </RadioGroup>
  );
}
