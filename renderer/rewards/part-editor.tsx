// One part of a suite being written: its id, weight, parameters and when it counts, with what is wrong in the place of the hint.
import { ArrowDown, ArrowUp, Trash2 } from 'lucide-react';
import type { SuitePart } from '../../core/contract/reward.ts';
import type { PartCatalogue, PartFunction, SuiteProblem } from '../../core/contract/rewards.ts';
import { IconButton } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { Field } from '../ui/field.tsx';
import { nameInWords } from '../ui/format.ts';
import { TextField } from '../ui/text-field.tsx';
import { ToggleChips } from '../ui/toggle-chips.tsx';
import { NumberField } from './number-field.tsx';
import { ParamField } from './param-field.tsx';
import styles from './part-editor.module.css';
import { changeDraft, losing, withMoved, withoutPart, withParam, withPart } from './suite-draft.ts';

interface PartEditorProps {
  index: number;
  last: boolean;
  part: SuitePart;
  fn: PartFunction | undefined;
  catalogue: PartCatalogue | undefined;
  problems: readonly SuiteProblem[];
  onTakenOut(): void;
}

/** Weights above this are typed; the slider would be too coarse. */
const SLIDER_MAX = 5;

export function PartEditor({ index, last, part, fn, catalogue, problems, onTakenOut }: PartEditorProps) {
  const takeOut = () => {
    losing(`${part.id} is taken out`, () => changeDraft((now) => withoutPart(now, index)));
    onTakenOut();
  };
  const problemOf = (field: string) => problems.find((each) => each.field === field)?.message;
  const known = new Set(['id', 'weight', ...(fn?.params ?? []).map(({ name }) => `params.${name}`)]);
  const others = problems.filter(({ field }) => field === null || !known.has(field));
  const change = (next: Partial<SuitePart>) => changeDraft((now) => withPart(now, index, next));
  return (
    <div id={placeOfPart(index)}>
      <Card label={`Part ${part.id}`}>
        <header className={styles.head}>
          <b>{part.fn}</b>
          <small>{fn?.explanation}</small>
          <span className={styles.acts}>
            {index > 0 && (
              <IconButton
                icon={ArrowUp}
                label={`Move ${part.id} up`}
                onClick={() => changeDraft((now) => withMoved(now, index, -1))}
              />
            )}
            {!last && (
              <IconButton
                icon={ArrowDown}
                label={`Move ${part.id} down`}
                onClick={() => changeDraft((now) => withMoved(now, index, 1))}
              />
            )}
            <IconButton icon={Trash2} label={`Take ${part.id} out`} onClick={takeOut} />
          </span>
        </header>
        <div className={styles.fields}>
          <Field
            label="Weight"
            hint="Its score is multiplied by it; 0 watches without paying."
            error={problemOf('weight')}
          >
            {(ids) => (
              <NumberField
                {...ids}
                name={`weight of ${part.id}`}
                value={part.weight}
                min={0}
                max={SLIDER_MAX}
                onChange={(weight) => change({ weight })}
              />
            )}
          </Field>
          <Field label="Id" hint="Its name in tables and curves." error={problemOf('id')}>
            {(ids) => (
              <TextField {...ids} value={part.id} onChange={({ target }) => change({ id: target.value })} />
            )}
          </Field>
          {fn?.params.map((param) => (
            <ParamField
              key={param.name}
              param={param}
              part={part.id}
              value={part.params?.[param.name] ?? param.default}
              error={problemOf(`params.${param.name}`)}
              onChange={(value) =>
                changeDraft((now) => withParam(now, index, param.name, value, param.default))
              }
            />
          ))}
        </div>
        <details className={styles.when} open={part.when !== undefined}>
          <summary>When it counts</summary>
          <ToggleChips
            label={`Domains of ${part.id}`}
            options={(catalogue?.domains ?? []).map((value) => ({ value, label: nameInWords(value) }))}
            values={part.when?.domain ?? []}
            onChange={(domain) => change({ when: { ...part.when, domain } })}
          />
          <ToggleChips
            label={`Kinds of answer of ${part.id}`}
            options={(catalogue?.answerTypes ?? []).map((value) => ({ value, label: value }))}
            values={part.when?.answerType ?? []}
            onChange={(answerType) => change({ when: { ...part.when, answerType } })}
          />
          <small>None chosen: for all.</small>
        </details>
        {others.map(({ message }) => (
          <p key={message} className={styles.problem}>
            {message}
          </p>
        ))}
      </Card>
    </div>
  );
}

const placeOfPart = (index: number) => `part-${index}`;

/** Brings a part into view, with the caret in the field that is at fault. */
export function goToPart(index: number): void {
  const place = document.getElementById(placeOfPart(index));
  place?.scrollIntoView({ block: 'start' });
  place?.querySelector<HTMLElement>('[aria-invalid=true], input:not([type=range]), textarea')?.focus();
}
