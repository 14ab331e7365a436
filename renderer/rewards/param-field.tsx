// One parameter of a part, by its kind: a number with bounds, one of a few, yes or no, text, or the items of a rubric.
import { useEffect, useState } from 'react';
import type { PartParam } from '../../core/contract/rewards.ts';
import { formatTick } from '../ui/chart-scale.ts';
import { Checkbox } from '../ui/checkbox.tsx';
import { Field } from '../ui/field.tsx';
import { formatCount } from '../ui/format.ts';
import { Select } from '../ui/select.tsx';
import { TextArea } from '../ui/text-area.tsx';
import { TextField } from '../ui/text-field.tsx';
import { NumberField } from './number-field.tsx';
import styles from './param-field.module.css';
import { paramInWords } from './suite-words.ts';

interface ParamFieldProps {
  param: PartParam;
  /** Id of the part. */
  part: string;
  value: unknown;
  error: string | undefined;
  onChange(value: unknown): void;
}

export function ParamField({ param, part, value, error, onChange }: ParamFieldProps) {
  const words = paramInWords(param.name);
  const label = words.charAt(0).toUpperCase() + words.slice(1);
  const name = `${words} of ${part}`;
  const wide = param.type === 'text' || param.type === 'rubric';
  const hint =
    param.type === 'number'
      ? `${param.explanation} ${boundInWords(param.min)} to ${boundInWords(param.max)}.`
      : param.explanation;
  return (
    <Field label={label} hint={hint} error={error} className={wide ? styles.wide : undefined}>
      {(ids) => {
        switch (param.type) {
          case 'number':
            return (
              <NumberField
                {...ids}
                name={name}
                value={typeof value === 'number' ? value : param.default}
                min={param.min}
                max={param.max}
                integer={param.integer}
                onChange={onChange}
              />
            );
          case 'choice':
            return (
              <Select
                id={ids.id}
                label={name}
                options={param.options.map((option) => ({ value: option, label: option }))}
                value={String(value)}
                onChange={onChange}
              />
            );
          case 'flag':
            return (
              <span>
                <Checkbox label={name} checked={value === true} onChange={onChange} />
              </span>
            );
          case 'text':
            return param.maxLength <= ONE_LINE ? (
              <TextField
                {...ids}
                code
                value={String(value)}
                onChange={({ target }) => onChange(target.value)}
              />
            ) : (
              <TextArea
                {...ids}
                code
                rows={10}
                value={String(value)}
                onChange={({ target }) => onChange(target.value)}
              />
            );
          case 'rubric':
            return <JsonField {...ids} value={value} onChange={onChange} />;
        }
      }}
    </Field>
  );
}

/** Texts that are never longer than that are names. */
const ONE_LINE = 200;

const boundInWords = (value: number) => (Number.isInteger(value) ? formatCount(value) : formatTick(value));

interface JsonFieldProps {
  id: string;
  'aria-describedby': string;
  value: unknown;
  onChange(value: unknown): void;
}

/** Items as JSON: what does not parse yet is handed on as text, and the check says what is wrong with it. */
function JsonField({ value, onChange, ...ids }: JsonFieldProps) {
  const [text, setText] = useState(() =>
    typeof value === 'string' ? value : JSON.stringify(value, null, 2),
  );
  useEffect(() => {
    if (typeof value !== 'string')
      setText((now) => (sameJson(now, value) ? now : JSON.stringify(value, null, 2)));
  }, [value]);
  const type = (next: string) => {
    setText(next);
    try {
      onChange(JSON.parse(next));
    } catch {
      onChange(next);
    }
  };
  return <TextArea {...ids} code rows={6} value={text} onChange={({ target }) => type(target.value)} />;
}

function sameJson(text: string, value: unknown): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === JSON.stringify(value);
  } catch {
    return false;
  }
}
