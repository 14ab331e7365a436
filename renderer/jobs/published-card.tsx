// What a run has published so far: adapters with their held-out score, the best marked, and everything else that came home.
import type { JobDetail } from '../../core/contract/jobs.ts';
import { momentInWords } from '../../core/contract/moment.ts';
import { type RunArtifact, WHOLE_MODEL } from '../../core/contract/run-views.ts';
import { useQuery } from '../queries.ts';
import { go } from '../route.ts';
import { showInFolder } from '../show-in-folder.ts';
import { Button } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { formatNumber, formatPercent, nameInWords } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import { Cell, HeadCell, Table } from '../ui/table.tsx';
import { openDialog } from '../view.ts';
import { bestInWords } from './best-in-words.ts';
import { showExams } from './exams.ts';
import styles from './published-card.module.css';

const TONE = { announced: 'accent', home: 'good', refused: 'bad', gone: 'warn' } as const;
const WORD = { announced: 'on its way', home: 'home', refused: 'refused', gone: 'gone' } as const;

export function PublishedCard({ run }: { run: JobDetail }) {
  const artifacts = useQuery('jobs.artifacts', { id: run.id });
  const all = artifacts.data ?? [];
  if (all.length === 0) return null;
  return (
    <Card title="Published" flush>
      <PublishedTable run={run} artifacts={all} />
      {all.some(({ kind }) => kind === 'merged-model') && (
        <p className={styles.note}>
          Merged weights are a folder for other programs. To ask such a model here, start a run with the
          preset “Write an adapter's model as GGUF”, and add its file to Models.
        </p>
      )}
    </Card>
  );
}

export function PublishedTable({ run, artifacts }: { run: JobDetail; artifacts: readonly RunArtifact[] }) {
  // Numbers of different sets are not to be held against each other.
  const manySets = new Set(artifacts.flatMap(({ score }) => score?.set ?? [])).size > 1;
  return (
    <Table label="What the run has published">
      <thead>
        <tr>
          <HeadCell>Name</HeadCell>
          <HeadCell>What</HeadCell>
          <HeadCell>Made at</HeadCell>
          {manySets && <HeadCell>Examined on</HeadCell>}
          <HeadCell number>Held-out right</HeadCell>
          <HeadCell number>Held-out reward, or loss</HeadCell>
          <HeadCell>Where</HeadCell>
          <HeadCell />
        </tr>
      </thead>
      <tbody>
        {artifacts.map((each) => (
          <Row
            key={each.name}
            run={run}
            artifact={each}
            manySets={manySets}
            bestWord={bestInWords(artifacts)}
          />
        ))}
      </tbody>
    </Table>
  );
}

function rightInWords({ correct, checked }: NonNullable<RunArtifact['score']>): string {
  if (correct === null) return '–';
  return `${formatPercent(correct)} %${checked === null ? '' : ` of ${checked}`}`;
}

function rewardOrLoss({ mean, loss }: NonNullable<RunArtifact['score']>): string {
  if (mean !== null) return formatNumber(mean);
  return loss === null ? '–' : `loss ${formatNumber(loss)}`;
}

interface RowProps {
  run: JobDetail;
  artifact: RunArtifact;
}

function Row({ run, artifact, manySets, bestWord }: RowProps & { manySets: boolean; bestWord: string }) {
  const { name, kind, moment, score, state, reason, path, best } = artifact;
  return (
    <tr>
      <Cell strong>
        {name} {best && <Pill tone="accent">{bestWord}</Pill>}
      </Cell>
      <Cell>{nameInWords(kind)}</Cell>
      <Cell>{momentInWords(moment)}</Cell>
      {manySets && <Cell>{score ? nameInWords(score.set) : '–'}</Cell>}
      <Cell number>{score ? rightInWords(score) : '–'}</Cell>
      <Cell number>{score ? rewardOrLoss(score) : '–'}</Cell>
      <Cell>
        <Pill tone={TONE[state]} why={reason ?? path ?? undefined}>
          {WORD[state]}
        </Pill>
      </Cell>
      <Cell>
        <div className={styles.acts}>
          <Acts run={run} artifact={artifact} />
        </div>
      </Cell>
    </tr>
  );
}

/** Where it leads: an adapter to its page, an evaluation to its exams, files to their folder, a whole model to the models. */
function Acts({ run, artifact: { name, kind, modelId, path, files } }: RowProps) {
  if (modelId) return <Button onClick={() => go('models', { id: modelId })}>Open</Button>;
  const model = files.find((file) => kind === 'export' && file.name === WHOLE_MODEL);
  return (
    <>
      {kind === 'evaluation' && <Button onClick={showExams}>See the exams</Button>}
      {model && path && (
        <Button
          onClick={() =>
            openDialog('add-model', {
              path: `${path}/${model.name}`,
              name: run.name,
              template: run.spec.prompt.id,
            })
          }
        >
          Add to Models…
        </Button>
      )}
      {path && <Button onClick={() => showInFolder(path, `"${name}"`)}>Show in folder</Button>}
    </>
  );
}
