// Suites: every version at the left, one of them to read, to hold against another one, or to make a new version of.
import { FileInput } from 'lucide-react';
import type { SuiteInfo } from '../../core/contract/rewards.ts';
import { bridge } from '../bridge.ts';
import { useCommand } from '../queries.ts';
import { adjust, go, useRoute } from '../route.ts';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { ErrorCard } from '../ui/error-card.tsx';
import { joinPieces } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import screen from '../ui/screen.module.css';
import { tell } from '../ui/toast.tsx';
import { useListKeys } from '../use-list-keys.ts';
import { isChanged, useDrafts } from './suite-draft.ts';
import { SuiteEditor } from './suite-editor.tsx';
import { findSuite, keyOf, titleOf, useSuites } from './suite-names.ts';
import { SuiteView } from './suite-view.tsx';
import { withoutField } from './suite-words.ts';
import styles from './suites-tab.module.css';
import { usesInWords } from './uses.ts';

export function SuitesTab() {
  const chosen = useRoute((route) => route.tab);
  const editing = useRoute((route) => route.params.edit === '1');
  const suites = useSuites();
  const all = suites.data ?? [];
  const suite = findSuite(suites.data, chosen) ?? all[0];
  const drafts = useDrafts((now) => now.drafts);
  const isDrafted = (each: SuiteInfo) => {
    const draft = drafts[keyOf(each)];
    return draft !== undefined && isChanged(draft, each);
  };
  const open = (key: string) => adjust({ tab: key, params: { against: null, edit: null } });
  useListKeys({
    total: editing ? 0 : all.length,
    selected: suite ? all.indexOf(suite) : null,
    select: (index) => {
      const next = all[index];
      if (next) open(keyOf(next));
    },
  });
  if (suites.error)
    return (
      <div className={screen.scroll}>
        <ErrorCard what="The suites could not be listed" error={suites.error} />
      </div>
    );
  if (editing && suite) return <SuiteEditor key={keyOf(suite)} base={suite} />;
  return (
    <div className={classNames(screen.panes, styles.panes)}>
      <nav className={classNames(screen.pane, styles.list)} aria-label="Suites">
        <ul>
          {all.map((each) => (
            <li key={keyOf(each)}>
              <button
                type="button"
                className={styles.entry}
                aria-current={each === suite ? 'true' : undefined}
                onClick={() => open(keyOf(each))}
              >
                <b>{titleOf(each)}</b>
                <Pill tone={each.shipped ? 'neutral' : 'accent'}>
                  {each.shipped ? 'shipped' : 'your own'}
                </Pill>
                {isDrafted(each) && <Pill tone="warn">draft</Pill>}
                <small className={screen.clip}>{joinPieces(each.note, usesInWords(each.uses))}</small>
              </button>
            </li>
          ))}
        </ul>
        <ImportButton />
      </nav>
      <div className={styles.view}>
        {suite && <SuiteView key={keyOf(suite)} suite={suite} all={all} drafted={isDrafted(suite)} />}
      </div>
    </div>
  );
}

function ImportButton() {
  const take = useCommand('rewards.import');
  const choose = async () => {
    const from = await bridge.openFile({
      title: 'A reward suite to import',
      filters: [{ name: 'Reward suite', extensions: ['json'] }],
    });
    if (!from) return;
    take.mutate(
      { from },
      {
        onSuccess: (kept) => {
          tell({
            title: kept.made ? `${titleOf(kept)} is here` : `${titleOf(kept)} was here before`,
            detail: kept.made ? 'Nothing was scored by it yet.' : 'The file holds the very same suite.',
            tone: 'good',
          });
          go('rewards', { id: 'suites', tab: keyOf(kept) });
        },
      },
    );
  };
  return (
    <div className={styles.foot}>
      {take.error && <ErrorCard what="The suite was not imported" error={withoutField(take.error)} />}
      <Button icon={FileInput} busy={take.isPending} onClick={() => void choose()}>
        Import a suite…
      </Button>
    </div>
  );
}
