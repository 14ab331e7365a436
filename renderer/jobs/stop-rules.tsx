// Rules that end a run by themselves, each a switch: what the health of a run is judged by, acted upon.
import type { Preflight } from '../../core/contract/run-views.ts';
import { Card } from '../ui/card.tsx';
import { Checkbox } from '../ui/checkbox.tsx';
import { plural } from '../ui/format.ts';
import type { Settings } from './setting-fields.ts';
import styles from './stop-rules.module.css';

type Rule = Preflight['stopRules'][number];

interface StopRulesProps {
  rules: readonly Rule[];
  settings: Settings;
  onChange(settings: Settings): void;
}

export function StopRules({ rules, settings, onChange }: StopRulesProps) {
  const on = settings['stopWhen'] as readonly Rule['stopRule'][] | undefined;
  if (!on || rules.length === 0) return null;
  const isOn = ({ stopRule }: Rule) => on.some(({ metric }) => metric === stopRule.metric);
  const toggle = (rule: Rule) =>
    onChange({
      ...settings,
      stopWhen: isOn(rule)
        ? on.filter(({ metric }) => metric !== rule.stopRule.metric)
        : [...on, rule.stopRule],
    });
  return (
    <Card title="Ends by itself">
      <ul className={styles.rules}>
        {rules.map((rule) => (
          <li key={rule.rule}>
            <Checkbox label={rule.title} checked={isOn(rule)} onChange={() => toggle(rule)} />
            <span>
              {rule.title} <small>{inWords(rule.stopRule)}</small>
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function inWords({ metric, below, above, forSteps }: Rule['stopRule']): string {
  const bound = below !== null ? `below ${below}` : `above ${above}`;
  return `${metric} ${bound} for ${plural(forSteps, 'step')}`;
}
