// Rules that end a run by themselves, each a switch: what the health of a run is judged by, acted upon.
import { useState } from 'react';
import type { OfferedRule } from '../../core/contract/run-views.ts';
import { stopRuleInWords } from '../../core/contract/stop-rule-words.ts';
import { Card } from '../ui/card.tsx';
import { Checkbox } from '../ui/checkbox.tsx';
import { Notes } from '../ui/notes.tsx';
import type { NotesOf } from './finding-notes.ts';
import type { Settings } from './setting-fields.ts';
import styles from './stop-rules.module.css';
import {
  fieldOf,
  type StopSwitch,
  type SwitchedOff,
  switched,
  switchesOf,
  withOff,
} from './stop-switches.ts';

interface StopRulesProps {
  rules: readonly OfferedRule[];
  settings: Settings;
  notesOf: NotesOf;
  onChange(settings: Settings): void;
}

export function StopRules({ rules, settings, notesOf, onChange }: StopRulesProps) {
  const [off, setOff] = useState<readonly SwitchedOff[]>([]);
  const groups = switchesOf(settings, rules, off);
  if (groups.length === 0) return null;
  const use = (each: StopSwitch) => {
    if (each.place !== null) setOff((before) => withOff(before, each));
    onChange(switched(settings, each));
  };
  return (
    <Card title="Ends by itself">
      <p className={styles.what}>{whatEnds(groups.flat())}</p>
      {groups.map((switches) => {
        const stage = switches[0]?.stage ?? null;
        const field = fieldOf(settings, stage);
        return (
          <section key={field} data-field={field}>
            {stage !== null && <h3 className={styles.stage}>{`Stage ${stage}`}</h3>}
            <Notes notes={notesOf(field)} />
            <ul className={styles.rules}>
              {switches.map((each) => (
                <Rule
                  key={stopRuleInWords(each.rule)}
                  use={each}
                  field={each.place === null ? undefined : `${field}[${each.place}]`}
                  notesOf={notesOf}
                  onUse={() => use(each)}
                />
              ))}
            </ul>
          </section>
        );
      })}
    </Card>
  );
}

function whatEnds(switches: readonly StopSwitch[]): string {
  const what =
    switches[0]?.stage == null
      ? 'the run ends, and its last good adapter, where there is one, goes out'
      : 'its stage ends, and the program goes on with its last good adapter, where there is one';
  const anyOn = switches.some(({ place }) => place !== null);
  return anyOn
    ? `When one that is on comes true, ${what}.`
    : `None is on: besides the last step and the deadline, only a KL above its stop and a guard that finds a loss end it. When one that you switch on comes true, ${what}.`;
}

interface RuleProps {
  use: StopSwitch;
  /** As findings spell it; a rule that is off has none. */
  field: string | undefined;
  notesOf: NotesOf;
  onUse(): void;
}

function Rule({ use: { stage, title, rule, place }, field, notesOf, onUse }: RuleProps) {
  const words = stopRuleInWords(rule);
  return (
    <li data-field={field}>
      {/* biome-ignore lint/a11y/noLabelWithoutControl: the check box inside is the control */}
      <label>
        <Checkbox
          label={`${stage ? `${stage}: ` : ''}${title}, ${words}`}
          checked={place !== null}
          onChange={onUse}
        />
        <span>
          {title} <small>{words}</small>
        </span>
      </label>
      {field && <Notes notes={notesOf(field)} />}
    </li>
  );
}
