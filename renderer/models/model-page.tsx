// One model: state, arrival checks with what was measured, where an adapter changed its base, lineage, files.
import { Gauge, RotateCw } from 'lucide-react';
import type { ModelDetail } from '../../core/contract/models.ts';
import { type Moment, momentInWords } from '../../core/contract/moment.ts';
import { ActionButton } from '../action-button.tsx';
import { useCommand, useQuery } from '../queries.ts';
import { Button } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { Facts } from '../ui/facts.tsx';
import { formatBytes, formatCount, formatMoment, formatParameters, shortHash } from '../ui/format.ts';
import screen from '../ui/screen.module.css';
import { Cell, HeadCell, Table } from '../ui/table.tsx';
import { openDialog, useHandler } from '../view.ts';
import { Checks } from './checks.tsx';
import { Lineage } from './lineage.tsx';
import styles from './model-page.module.css';
import { StatePill } from './model-tree.tsx';
import { UpdateNorms } from './update-norms.tsx';

export function ModelPage({ id }: { id: string }) {
  const model = useQuery('models.get', { id });
  const jobId = model.data?.jobId ?? '';
  const published = useQuery('jobs.artifacts', { id: jobId }, { enabled: jobId !== '' });
  const made = published.data?.find(({ modelId }) => modelId === id)?.moment;
  const recheck = useCommand('models.recheck');
  const isAdapter = model.data?.kind === 'adapter';
  useHandler('models.recheck', isAdapter ? () => recheck.mutate({ id }) : undefined);
  if (model.error)
    return (
      <div className={styles.room}>
        <ErrorCard what={`The model ${id} could not be read`} error={model.error} />
      </div>
    );
  if (!model.data) return null;
  const detail = model.data;
  const usable = detail.state === 'ready';
  return (
    <div className={styles.room}>
      <header className={styles.head}>
        <h2 className={styles.name}>{detail.name}</h2>
        <StatePill model={detail} />
        <span className={styles.gap} />
        {isAdapter && (
          <ActionButton action="models.recheck" kind="quiet" icon={RotateCw} busy={recheck.isPending}>
            {recheck.isPending ? 'Checking…' : 'Check again'}
          </ActionButton>
        )}
        <Button
          icon={Gauge}
          reason={usable ? undefined : `It is ${detail.state} and cannot answer questions.`}
          onClick={() => openDialog('start-evaluation', aboutOf(detail))}
        >
          Evaluate
        </Button>
      </header>
      {detail.state === 'refused' && detail.reason && (
        <ErrorCard what={`${detail.name} was refused and is not used`} error={new Error(detail.reason)} />
      )}
      {recheck.error && <ErrorCard what="The checks could not be run again" error={recheck.error} />}
      <Lineage model={detail} />
      {detail.checks.length > 0 && <Checks checks={detail.checks} running={recheck.isPending} />}
      {detail.update && detail.update.length > 0 && <UpdateNorms update={detail.update} />}
      <div className={styles.columns}>
        <Card title="Particulars">
          <Facts facts={factsOf(detail, made)} />
        </Card>
        <Card flush title="Files">
          <Table label="Files">
            <thead>
              <tr>
                <HeadCell>Name</HeadCell>
                <HeadCell>SHA-256</HeadCell>
                <HeadCell number>Size</HeadCell>
                <HeadCell aria-label="Copy" />
              </tr>
            </thead>
            <tbody>
              {detail.files.map((file) => (
                <tr key={file.name}>
                  <Cell className={screen.clip}>{file.name}</Cell>
                  <Cell>
                    <code>{shortHash(file.sha256)}</code>
                  </Cell>
                  <Cell number>{formatBytes(file.bytes)}</Cell>
                  <Cell>
                    <CopyButton text={file.sha256} label={`Copy the hash of ${file.name}`} />
                  </Cell>
                </tr>
              ))}
            </tbody>
          </Table>
        </Card>
      </div>
    </div>
  );
}

function aboutOf(model: ModelDetail): Record<string, string> {
  return model.kind === 'adapter'
    ? { modelId: model.parentId ?? '', adapterId: model.id }
    : { modelId: model.id };
}

/** `made`: by the run that published it, where this lab has that run. */
function factsOf(model: ModelDetail, made: Moment | undefined): [string, React.ReactNode][] {
  const facts: [string, React.ReactNode][] = [
    [
      'Kind',
      model.kind === 'base'
        ? model.trainable
          ? 'base, can be trained'
          : 'base, for answering'
        : 'LoRA adapter',
    ],
    ['Architecture', model.architecture],
  ];
  if (model.parameters !== null) facts.push(['Parameters', formatParameters(model.parameters)]);
  if (model.rank !== null) facts.push(['Rank, alpha', `${model.rank}, ${model.alpha ?? '–'}`]);
  if (made !== undefined) facts.push(['Made at', momentInWords(made)]);
  else if (model.step !== null) facts.push(['Made at', `step ${formatCount(model.step)}`]);
  if (model.contextLength !== null) facts.push(['Context', `${formatCount(model.contextLength)} tokens`]);
  facts.push(
    ['Prompt template', model.template],
    ['Licence', model.licence ?? 'not stated'],
    ['Size', formatBytes(model.bytes)],
    ['Identity', <code key="identity">{shortHash(model.identity)}</code>],
    ['Added', formatMoment(model.createdAt)],
  );
  return facts;
}
