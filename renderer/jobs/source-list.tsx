// Where a run's questions come from: each source with how many of its rows, and what the lab lacks. What it shows is what runs.
import { Import, Plus, X } from 'lucide-react';
import type { Source } from '../../core/contract/datasets.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { plural } from '../ui/format.ts';
import { Menu } from '../ui/menu.tsx';
import { type Note, Notes } from '../ui/notes.tsx';
import { Pill } from '../ui/pill.tsx';
import { Select } from '../ui/select.tsx';
import { TextField } from '../ui/text-field.tsx';
import { openDialog } from '../view.ts';
import {
  importCommand,
  type ShownSource,
  type SourceLine,
  sourceDetail,
  sourceLabel,
  totalOf,
} from './launch-sources.ts';
import styles from './source-list.module.css';

interface SourceListProps {
  /** What there is to say of the list as a whole. */
  words: string | null;
  shown: readonly ShownSource[];
  /** A person changed the preset's list. */
  isOwn: boolean;
  /** All that the lab has. */
  known: readonly Source[];
  notes: readonly Note[];
  /** Null: as in the preset again. */
  onChange(lines: readonly SourceLine[] | null): void;
}

export function SourceList({ words, shown, isOwn, known, notes, onChange }: SourceListProps) {
  const lines = shown.map(({ name, count }): SourceLine => ({ name, count }));
  const others = known.filter(({ id, locked }) => locked === null && !shown.some((s) => s.source?.id === id));
  const absent = shown.filter(({ state }) => state === 'absent');
  return (
    <Card
      title="Questions"
      field="sources"
      aside={<small>{words}</small>}
      figure={
        <>
          {totalOf(shown)} <small>{`of ${plural(shown.length, 'source')}`}</small>
        </>
      }
    >
      {/* A source that is not there says so in its own line. */}
      {absent.length === 0 && <Notes notes={notes} />}
      {shown.length > 0 && (
        <div className={styles.head} aria-hidden="true">
          <span>Source</span>
          <span>How many</span>
          <span>In this lab</span>
        </div>
      )}
      <ul className={styles.list} aria-label="Sources of questions">
        {shown.map((line, i) => (
          <SourceRow
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place in the list
            key={i}
            line={line}
            known={known}
            onChange={(next) => onChange(lines.with(i, next))}
            onRemove={() => onChange(lines.toSpliced(i, 1))}
          />
        ))}
      </ul>
      {shown.length === 0 && <p className={styles.none}>No source: there is nothing to train on.</p>}
      <div className={styles.foot}>
        <Menu
          align="start"
          trigger={<Button icon={Plus}>Add a source</Button>}
          entries={[
            ...others.map((source) => ({
              title: `${sourceLabel(source, known)}, ${sourceDetail(source)}`,
              onSelect: () => onChange([...lines, { name: source.id, count: '' }]),
            })),
            { title: 'Import questions…', onSelect: () => openDialog('import-data') },
          ]}
        />
        {isOwn && (
          <Button kind="quiet" onClick={() => onChange(null)}>
            As in the preset
          </Button>
        )}
      </div>
      {absent.length > 0 && <HowToImport names={absent.map(({ name }) => name)} of={shown.length} />}
    </Card>
  );
}

interface SourceRowProps {
  line: ShownSource;
  known: readonly Source[];
  onChange(line: SourceLine): void;
  onRemove(): void;
}

function SourceRow({ line, known, onChange, onRemove }: SourceRowProps) {
  const { name, count, source, problem } = line;
  const options = known.map((each) => ({
    value: each.id,
    label: sourceLabel(each, known),
    detail: sourceDetail(each),
  }));
  const unknown = { value: name, label: name.replaceAll(':', ' · ') };
  return (
    <li className={styles.row}>
      <Select
        label={`Source ${name}`}
        options={source ? options : [unknown, ...options]}
        value={source?.id ?? name}
        onChange={(id) => onChange({ name: id, count })}
        className={styles.source}
      />
      <TextField
        aria-label={`How many of ${name}`}
        aria-invalid={(source !== null && problem !== null) || undefined}
        inputMode="numeric"
        placeholder="all"
        value={count}
        onChange={(event) => onChange({ name, count: event.target.value })}
        className={styles.count}
      />
      <InThisLab line={line} />
      <IconButton icon={X} label={`Take ${name} out`} onClick={onRemove} />
      {source !== null && problem !== null && <p className={styles.problem}>{problem}</p>}
    </li>
  );
}

/** How many rows there are to take from, or that there are none. */
function InThisLab({ line: { source, state, problem } }: { line: ShownSource }) {
  if (state === 'ready' && source)
    return <span className={styles.rows}>{plural(source.rowCount, 'row')}</span>;
  const words = { ready: '', absent: 'not in this lab', unclear: 'several fit', locked: 'locked' }[state];
  return (
    <Pill tone={state === 'locked' ? 'bad' : 'warn'} why={problem}>
      {words}
    </Pill>
  );
}

/** The window's way and the terminal's, one line for each source that is missing. */
function HowToImport({ names, of }: { names: readonly string[]; of: number }) {
  const commands = names.map(importCommand).join('\n');
  return (
    <details className={styles.import}>
      <summary>
        {names.length === 1 ? `${names[0]} is` : `${names.length} of ${of} are`} not in this lab: how to
        import {names.length === 1 ? 'it' : 'them'}
      </summary>
      <div className={styles.how}>
        <Button icon={Import} onClick={() => openDialog('import-data')}>
          Import questions…
        </Button>
        <span>or in a terminal, once for each file:</span>
        <CopyButton text={commands} label="Copy" wide />
      </div>
      <pre className={styles.commands}>{commands}</pre>
    </details>
  );
}
