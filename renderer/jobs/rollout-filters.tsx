// The bar over the rollouts of a run: words, verdict, step, least reward, order. What is chosen is kept in the address.
import { useEffect, useRef, useState } from 'react';
import { NOT_RIGHT, Verdict } from '../../core/contract/reward.ts';
import type { RunStage } from '../../core/contract/run-views.ts';
import { adjust } from '../route.ts';
import { isRewarded, stepIn } from '../run-stages.ts';
import { verdictInWords } from '../run-state.ts';
import { classNames } from '../ui/class-names.ts';
import screen from '../ui/screen.module.css';
import { Segmented } from '../ui/segmented.tsx';
import { Select } from '../ui/select.tsx';
import { SearchField, TextField } from '../ui/text-field.tsx';
import { useSettled } from '../ui/use-settled.ts';
import { numberIn } from '../ui/written-number.ts';
import { type AskedFor, unreadable } from './rollout-filter.ts';
import styles from './rollouts-tab.module.css';

const orders = [
  { value: 'newest', label: 'Newest' },
  { value: 'suspicious', label: 'High reward, not right' },
] as const;

/** Another list begins at its top. */
const ask = (params: Readonly<Record<string, string | null>>) => adjust({ params: { ...params, row: null } });
const setSearch = (q: string) => ask({ q });
const setStep = (step: string) => ask({ step });
const setLeast = (least: string) => ask({ least });

export const clearFilters = () => ask({ q: null, verdict: null, step: null, least: null, order: null });

interface RolloutFiltersProps {
  asked: AskedFor;
  stages: readonly RunStage[];
  /** How many there are, in words. */
  count: string | null;
  searchRef: { current: (() => void) | null };
}

export function RolloutFilters({ asked, stages, count, searchRef }: RolloutFiltersProps) {
  const { q, verdict, suspicious, step, least } = asked;
  const verdicts = suspicious ? NOT_RIGHT : Verdict.options;
  const problems = unreadable(stages, asked);
  const example = stages.find((stage) => isRewarded(stage) && stage.firstStep !== null)?.id;
  return (
    <div className={classNames(screen.bar, styles.bar)}>
      <SearchField
        label="Search prompts and completions"
        value={q}
        onChange={setSearch}
        focusRef={searchRef}
        className={styles.search}
      />
      <Select
        label="Verdict"
        options={[
          { value: 'any', label: 'Any verdict' },
          ...verdicts.map((each) => ({ value: each, label: verdictInWords(each) })),
        ]}
        value={verdict ?? 'any'}
        onChange={(next) => ask({ verdict: next === 'any' ? null : next })}
        className={styles.verdict}
      />
      <FilterField
        label="Step"
        hint={
          example ? `A step as the list names it, as ${example} 20, or of the whole run` : 'Only this step'
        }
        value={step}
        isWrong={(text) => stepIn(stages, text) === null}
        onChange={setStep}
      />
      <FilterField
        label="Reward ≥"
        hint="Only what earned at least so much"
        value={least}
        isWrong={(text) => Number.isNaN(numberIn(text))}
        onChange={setLeast}
      />
      <Segmented
        label="Order"
        options={orders}
        value={suspicious ? 'suspicious' : 'newest'}
        onChange={(next) =>
          ask(
            next === 'newest'
              ? { order: null }
              : { order: next, ...(verdict && !NOT_RIGHT.includes(verdict) ? { verdict: null } : {}) },
          )
        }
      />
      <span className={screen.count} aria-live="polite">
        {count}
      </span>
      {problems.length > 0 && (
        <p className={styles.problem} role="status">
          {problems.join(' ')}
        </p>
      )}
    </div>
  );
}

interface FilterFieldProps {
  label: string;
  hint: string;
  value: string;
  isWrong(text: string): boolean;
  onChange(text: string): void;
}

/** Tells what is typed once typing pauses. */
function FilterField({ label, hint, value, isWrong, onChange }: FilterFieldProps) {
  const [text, setText] = useState(value);
  const settled = useSettled(text);
  const told = useRef(value);
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    setText(value);
  }, [value]);
  useEffect(() => {
    if (settled === told.current) return;
    told.current = settled;
    onChange(settled);
  }, [settled, onChange]);
  return (
    <TextField
      aria-label={`${label}. ${hint}`}
      title={hint}
      placeholder={label}
      className={styles.number}
      value={text}
      aria-invalid={(text !== '' && isWrong(text)) || undefined}
      onChange={(event) => setText(event.target.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        if (text) setText('');
        else event.currentTarget.blur();
      }}
    />
  );
}
