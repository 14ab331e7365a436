// Rules that end a run by themselves, each a switch: what the health of a run is judged by, acted upon.
import { useState } from 'react';
import type { OfferedRule } from '../../core/contract/run-views.ts';
import { stopRuleInWords } from '../../core/contract/stop-rule-words.ts';
import { Card } from '../ui/card.tsx';
import { Checkbox } from '../ui/checkbox.tsx';
import type { Settings } from './setting-fields.ts';
import styles from './stop-rules.module.css';
import { type StopSwitch, type SwitchedOff, switched, switchesOf } from './stop-switches.ts';

interface StopRulesProps {
  rules: readonly OfferedRule[];
  settings: Settings;
  onChange(settings: Settings): void;
}

export function StopRules({ rules, settings, onChange }: StopRulesProps) {
  const [off, setOff] = useState<readonly SwitchedOff[]>([]);
  const groups = switchesOf(settings, rules, off);
  if (groups.length === 0) return null;
  const use = (each: StopSwitch) => {
    if (each.place !== null) setOff((before) => [...before, each]);
    onChange(switched(settings, each));
  };
  return (
    <Card title="Ends by itself">
      <p className={styles.what}>
        {groups[0]?.[0]?.stage == null
          ? 'When one of these comes true, the run ends, and its last good adapter goes out.'
          : 'When one of these comes true, its stage ends, and the program goes on with the last good adapter.'}
      </p>
      {groups.map((switches) => (
        <StageRules key={switches[0]?.stage ?? ''} switches={switches} onUse={use} />
      ))}
    </Card>
  );
}

function StageRules({ switches, onUse }: { switches: StopSwitch[]; onUse(used: StopSwitch): void }) {
  const stage = switches[0]?.stage;
  return (
    <>
      {stage && <h3 className={styles.stage}>{`Stage ${stage}`}</h3>}
      <ul className={styles.rules}>
        {switches.map((each) => {
          const words = stopRuleInWords(each.rule);
          return (
            <li key={words}>
              <Checkbox
                label={`${stage ? `${stage}: ` : ''}${each.title}, ${words}`}
                checked={each.place !== null}
                onChange={() => onUse(each)}
              />
              <span>
                {each.title} <small>{words}</small>
              </span>
            </li>
          );
        })}
      </ul>
    </>
  );
}
