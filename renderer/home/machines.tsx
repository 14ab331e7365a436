// Machines that can train, and what to do where one cannot.
import { useQuery } from '../queries.ts';
import { Card } from '../ui/card.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { Pill } from '../ui/pill.tsx';
import { Cell, HeadCell, Table } from '../ui/table.tsx';

export function Machines() {
  const hosts = useQuery('hosts.list', {});
  const runs = useQuery('jobs.list', {});
  if (hosts.error) return <ErrorCard what="The machines could not be listed" error={hosts.error} />;
  const nameOf = (id: string) => runs.data?.find((run) => run.id === id)?.name ?? id;
  return (
    <Card flush>
      <Table label="Machines">
        <thead>
          <tr>
            <HeadCell>Machine</HeadCell>
            <HeadCell>Kind</HeadCell>
            <HeadCell>State</HeadCell>
            <HeadCell>Running</HeadCell>
            <HeadCell>Trainer</HeadCell>
            <HeadCell aria-label="What to do" />
          </tr>
        </thead>
        <tbody>
          {hosts.data?.map((host) => (
            <tr key={host.id}>
              <Cell strong>{host.name}</Cell>
              <Cell>{host.kind}</Cell>
              <Cell>
                <Pill tone={host.state === 'ready' ? 'good' : 'warn'}>
                  {host.state === 'ready' ? 'ready' : 'not ready'}
                </Pill>
              </Cell>
              <Cell>{host.running.length === 0 ? 'nothing' : host.running.map(nameOf).join(', ')}</Cell>
              <Cell>
                <small>{host.detail}</small>
              </Cell>
              <Cell>{host.fix && <CopyButton text={host.fix} label={`Copy: ${host.fix}`} />}</Cell>
            </tr>
          ))}
        </tbody>
      </Table>
    </Card>
  );
}
