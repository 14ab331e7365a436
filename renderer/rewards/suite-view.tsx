// One version of a suite to read: its parts, its range, what to know about its balance, and what can be done with it.
import { Download, FlaskConical, PencilLine, Trash2 } from 'lucide-react';
import type { SuiteInfo } from '../../core/contract/rewards.ts';
import { ActionButton } from '../action-button.tsx';
import { bridge } from '../bridge.ts';
import { runCommand, useCommand } from '../queries.ts';
import { adjust, go, useRoute } from '../route.ts';
import { Button } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { formatMoment, formatNumber, joinPieces, shortHash } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import { Select } from '../ui/select.tsx';
import { tell } from '../ui/toast.tsx';
import { useHandler } from '../view.ts';
import { setPlayground } from './playground-state.ts';
import { SuiteDiff } from './suite-diff.tsx';
import { keyOf, suiteOptions, titleOf } from './suite-names.ts';
import { SuiteParts } from './suite-parts.tsx';
import styles from './suite-view.module.css';
import { usesInWords } from './uses.ts';

interface SuiteViewProps {
  suite: SuiteInfo;
  all: readonly SuiteInfo[];
  /** A changed draft from this suite is kept. */
  drafted: boolean;
}

export function SuiteView({ suite, all, drafted }: SuiteViewProps) {
  const against = useRoute((route) => route.params.against ?? null);
  const edit = () => adjust({ tab: keyOf(suite), params: { edit: '1', against: null } });
  useHandler('rewards.edit', edit);
  const structure =
    typeof suite.suite.structure === 'string' ? suite.suite.structure : suite.suite.structure.id;
  return (
    <article className={styles.view}>
      <header className={styles.head}>
        <div>
          <h2>{titleOf(suite)}</h2>
          <p className={styles.about}>
            {joinPieces(
              suite.note ?? (suite.shipped ? 'comes with Forethought' : null),
              suite.createdAt !== null && formatMoment(suite.createdAt),
              usesInWords(suite.uses),
            )}
          </p>
        </div>
        <div className={styles.acts}>
          <Button
            icon={FlaskConical}
            onClick={() => {
              setPlayground({ suite: keyOf(suite) });
              go('rewards');
            }}
          >
            To the playground
          </Button>
          <ExportButton suite={suite} />
          <ActionButton action="rewards.edit" kind="primary" icon={PencilLine}>
            {drafted ? 'Go on with the draft' : 'New version'}
          </ActionButton>
        </div>
      </header>
      {suite.warnings.map((warning) => (
        <p key={warning}>
          <Pill tone="warn">balance</Pill> {warning}
        </p>
      ))}
      <dl className={styles.facts}>
        <div>
          <dt>Total</dt>
          <dd>{`${formatNumber(suite.min, 2)} … ${formatNumber(suite.max, 2)}`}</dd>
        </div>
        <div>
          <dt>Form</dt>
          <dd>{structure}</dd>
        </div>
        <div>
          <dt>Hash</dt>
          <dd>
            <code title={suite.hash}>{shortHash(suite.hash)}</code>
            <CopyButton text={suite.hash} label="Copy the hash" />
          </dd>
        </div>
      </dl>
      <div className={styles.against}>
        <h2>What differs from</h2>
        <Select
          label="Suite to compare with"
          placeholder="another suite…"
          options={suiteOptions(all.filter((each) => each !== suite))}
          value={against}
          onChange={(key) => adjust({ tab: keyOf(suite), params: { against: key } })}
        />
      </div>
      {against && <SuiteDiff left={against} right={keyOf(suite)} />}
      <Card flush>
        <SuiteParts suite={suite.suite} />
      </Card>
      {!suite.shipped && <RemoveButton suite={suite} />}
    </article>
  );
}

function ExportButton({ suite }: { suite: SuiteInfo }) {
  const write = useCommand('rewards.export');
  const choose = async () => {
    const folder = await bridge.openFile({
      title: `Where shall ${titleOf(suite)} be written?`,
      folders: true,
    });
    if (!folder) return;
    const to = `${folder.replace(/[\\/]$/, '')}/${suite.name}-${suite.version}.json`;
    write.mutate(
      { suite: keyOf(suite), to },
      {
        onSuccess: ({ path }) => tell({ title: `${titleOf(suite)} is written`, detail: path, tone: 'good' }),
        onError: (error) =>
          tell({ title: `${titleOf(suite)} was not written`, detail: error.message, tone: 'bad' }),
      },
    );
  };
  return (
    <Button icon={Download} busy={write.isPending} onClick={() => void choose()}>
      Export…
    </Button>
  );
}

/** Apart from the other acts. What was scored by a suite keeps it; a removal can be undone. */
function RemoveButton({ suite }: { suite: SuiteInfo }) {
  const used = suite.uses.evaluations + suite.uses.runs > 0;
  return (
    <div className={styles.remove}>
      <Button
        kind="danger"
        icon={Trash2}
        reason={used ? `It stays: ${usesInWords(suite.uses)} were scored by it.` : undefined}
        onClick={() => void removeSuite(suite)}
      >
        Remove this version
      </Button>
    </div>
  );
}

/** Not a mutation of the view, which is gone when the list comes without its suite. */
async function removeSuite(suite: SuiteInfo): Promise<void> {
  const title = titleOf(suite);
  const failed = (what: string) => (error: Error) =>
    tell({ title: what, detail: error.message, tone: 'bad' });
  const bringBack = () =>
    runCommand('rewards.save', { suite: suite.suite, ...(suite.note ? { note: suite.note } : {}) }).then(
      (kept) => go('rewards', { id: 'suites', tab: keyOf(kept) }),
      failed(`${title} did not come back`),
    );
  await runCommand('rewards.remove', { suite: keyOf(suite) }).then(
    () => {
      go('rewards', { id: 'suites' });
      tell({ title: `${title} is removed`, act: { title: 'Undo', run: () => void bringBack() } });
    },
    failed(`${title} was not removed`),
  );
}
