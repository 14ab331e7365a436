// The editor of a suite: parts, weights and parameters at the left, and at the right what is wrong with it and what it does to
// the completion of the playground, at every change.
import { Plus } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { SuiteInfo } from '../../core/contract/rewards.ts';
import { useQuery } from '../queries.ts';
import { adjust } from '../route.ts';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { Field } from '../ui/field.tsx';
import { Menu } from '../ui/menu.tsx';
import screen from '../ui/screen.module.css';
import { Select } from '../ui/select.tsx';
import { TextField } from '../ui/text-field.tsx';
import { useSettled } from '../ui/use-settled.ts';
import { useHandler } from '../view.ts';
import { DraftCheck } from './draft-check.tsx';
import { DraftEffect } from './draft-effect.tsx';
import { PartEditor } from './part-editor.tsx';
import { SaveSuite } from './save-suite.tsx';
import {
  beginDraft,
  changeDraft,
  dropDraft,
  functionOf,
  isChanged,
  losing,
  useDrafts,
  withAdded,
} from './suite-draft.ts';
import styles from './suite-editor.module.css';
import { keyOf, titleOf } from './suite-names.ts';

export function SuiteEditor({ base }: { base: SuiteInfo }) {
  const key = keyOf(base);
  const suite = useDrafts(({ drafts }) => drafts[key]);
  const begun = useDrafts((now) => now.base);
  const head = useRef<HTMLHeadingElement>(null);
  const catalogue = useQuery('rewards.parts', {});
  const settled = useSettled(suite);
  const check = useQuery('rewards.check', { suite: settled }, { enabled: settled !== undefined, keep: true });
  useEffect(() => beginDraft(key, base), [key, base]);
  const leave = () => adjust({ params: { edit: null } });
  useHandler('item.close', leave);
  if (!suite || begun !== key) return null;
  const problems = check.data?.problems ?? [];
  const pending = check.isFetching || settled !== suite;
  const problemOf = (part: number | null, field: string) =>
    problems.find((each) => each.part === part && each.field === field)?.message;
  const structure = typeof suite.structure === 'string' ? suite.structure : suite.structure.id;
  const structures = catalogue.data?.structures ?? [];
  return (
    <div className={classNames(screen.panes, styles.panes)}>
      <div className={styles.form}>
        <header className={styles.head}>
          <h2 ref={head} tabIndex={-1}>{`A new version of ${titleOf(base)}`}</h2>
          <Button
            kind="quiet"
            onClick={() => {
              if (isChanged(suite, base))
                losing(`The draft from ${titleOf(base)} is discarded`, () => dropDraft(key));
              else dropDraft(key);
              leave();
            }}
          >
            Discard
          </Button>
        </header>
        <div className={styles.names}>
          <Field
            label="Name"
            hint={
              base.shipped
                ? 'What ships keeps its name; yours gets its own.'
                : 'The same name makes the next version, another one a new suite.'
            }
            error={problemOf(null, 'name')}
          >
            {(ids) => (
              <TextField
                {...ids}
                value={suite.name}
                onChange={({ target }) => changeDraft((now) => ({ ...now, name: target.value }))}
              />
            )}
          </Field>
          <Field label="Form" hint="Tags and headings that a completion is read by.">
            {({ id }) => (
              <Select
                id={id}
                label="Form"
                options={structures.map(({ id: value, headings }) => ({
                  value,
                  label: value,
                  detail: headings.length > 0 ? headings.join(', ') : 'free thinking, then the answer',
                }))}
                value={structure}
                onChange={(next) => changeDraft((now) => ({ ...now, structure: next }))}
              />
            )}
          </Field>
        </div>
        {suite.parts.map((part, index) => (
          <PartEditor
            // biome-ignore lint/suspicious/noArrayIndexKey: an id changes while it is typed; parts are few and hold no state of their own
            key={index}
            index={index}
            last={index === suite.parts.length - 1}
            part={part}
            fn={functionOf(catalogue.data, part.fn)}
            catalogue={catalogue.data}
            problems={problems.filter((each) => each.part === index)}
            // Not on the next bin, which a second press would empty too.
            onTakenOut={() => head.current?.focus({ preventScroll: true })}
          />
        ))}
        <Menu
          align="start"
          trigger={<Button icon={Plus}>Add a part</Button>}
          entries={(catalogue.data?.parts ?? []).map(({ fn }) => ({
            title: fn,
            onSelect: () => changeDraft((now) => withAdded(now, fn)),
          }))}
        />
      </div>
      <aside className={classNames(screen.reading, styles.effect)} aria-label="What this draft does">
        <DraftCheck check={check.data} error={check.error} pending={pending} suite={suite} />
        <SaveSuite draft={suite} base={base} ok={check.data?.ok === true && !pending} />
        {check.data?.ok !== false && <DraftEffect draft={suite} base={base} />}
      </aside>
    </div>
  );
}
