// What a run has published so far: adapters with their held-out score, the best marked, and everything else that came home.
import type { JobDetail } from '../../core/contract/jobs.ts';
import { momentInWords } from '../../core/contract/moment.ts';
import type { RunArtifact } from '../../core/contract/run-views.ts';
import { useQuery } from '../queries.ts';
import { go } from '../route.ts';
import { Button } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { formatNumber, formatPercent, nameInWords } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import { Cell, HeadCell, Table } from '../ui/table.tsx';

const TONE = { announced: 'accent', home: 'good', refused: 'bad', gone: 'warn' } as const;
const WORD = { announced: 'on its way', home: 'home', refused: 'refused', gone: 'gone' } as const;

export function PublishedCard({ run }: { run: JobDetail }) {
  const artifacts = useQuery('jobs.artifacts', { id: run.id });
  const all = artifacts.data ?? [];
  if (all.length === 0) return null;
  return (
    <Card title="Published" flush>
      <Table label="What the run has published">
        <thead>
          <tr>
            <HeadCell>Name</HeadCell>
            <HeadCell>What</HeadCell>
            <HeadCell>Made at</HeadCell>
            <HeadCell number>Held-out right</HeadCell>
            <HeadCell number>Held-out reward, or loss</HeadCell>
            <HeadCell>Where</HeadCell>
            <HeadCell />
          </tr>
        </thead>
        <tbody>
          {all.map((each) => (
            <Row key={each.name} artifact={each} />
          ))}
        </tbody>
      </Table>
    </Card>
  );
}

function rewardOrLoss({ mean, loss }: NonNullable<RunArtifact['score']>): string {
  if (mean !== null) return formatNumber(mean);
  return loss === null ? '–' : `loss ${formatNumber(loss)}`;
}

function Row({ artifact }: { artifact: RunArtifact }) {
  const { name, kind, moment, score, state, reason, modelId, best } = artifact;
  return (
    <tr>
      <Cell strong>
        {name} {best && <Pill tone="accent">best so far</Pill>}
      </Cell>
      <Cell>{nameInWords(kind)}</Cell>
      <Cell>{momentInWords(moment)}</Cell>
      <Cell number>
        {score?.correct === null || !score ? '–' : `${formatPercent(score.correct)} % of ${score.n}`}
      </Cell>
      <Cell number>{score ? rewardOrLoss(score) : '–'}</Cell>
      <Cell>
        <Pill tone={TONE[state]} why={reason ?? undefined}>
          {WORD[state]}
        </Pill>
      </Cell>
      <Cell>{modelId && <Button onClick={() => go('models', { id: modelId })}>Open</Button>}</Cell>
    </tr>
  );
}
