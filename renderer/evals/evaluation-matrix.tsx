// One set of questions: its evaluations as rows, domains as columns, accuracy with interval on one axis.
import type { Evaluation } from '../../core/contract/evals.ts';
import { go } from '../route.ts';
import { Card } from '../ui/card.tsx';
import { Checkbox } from '../ui/checkbox.tsx';
import { formatCount, formatNumber, formatPercent, nameInWords } from '../ui/format.ts';
import { Interval, intervalInWords, sharedAxis } from '../ui/interval.tsx';
import { Pill } from '../ui/pill.tsx';
import { ProgressBar } from '../ui/progress.tsx';
import screen from '../ui/screen.module.css';
import { Cell, HeadCell, Table, TableRow } from '../ui/table.tsx';
import styles from './evaluation-matrix.module.css';
import { evaluationStateInWords, evaluationTone } from './evaluation-state.ts';
import type { EvaluationGroup } from './matrix.ts';

interface EvaluationMatrixProps {
  group: EvaluationGroup;
  title: string;
  chosen: readonly string[];
  onChoose(id: string): void;
}

const COLORS = ['var(--c5)', 'var(--c1)', 'var(--c2)', 'var(--c3)', 'var(--c4)'];

export function EvaluationMatrix({ group, title, chosen, onChoose }: EvaluationMatrixProps) {
  const axis = sharedAxis(group.evaluations.map((each) => each.accuracy));
  const isOpen = group.evaluations.every((each) => each.accuracy === null && each.meanTotal !== null);
  const aside = isOpen ? 'open tasks: mean reward in place of right answers' : 'percent correct';
  return (
    <Card flush title={title} aside={<small>{aside}</small>}>
      <Table label={`Evaluations on ${title}`} className={styles.matrix}>
        <thead>
          <tr>
            <HeadCell aria-label="Choose to compare" className={styles.tick} />
            <HeadCell>Model</HeadCell>
            {group.domains.map((domain) => (
              <HeadCell key={domain} number>
                {nameInWords(domain)}
              </HeadCell>
            ))}
            <HeadCell number>Format</HeadCell>
            <HeadCell className={styles.axis}>
              {!isOpen && (
                <span>
                  <span>{formatPercent(axis.from, 0)}</span>
                  <span>95 % interval</span>
                  <span>{formatPercent(axis.to, 0)}</span>
                </span>
              )}
            </HeadCell>
            <HeadCell number>{isOpen ? 'Reward' : 'All'}</HeadCell>
            <HeadCell number>n</HeadCell>
            <HeadCell />
          </tr>
        </thead>
        <tbody>
          {group.evaluations.map((each, i) => (
            <MatrixRow
              key={each.id}
              evaluation={each}
              domains={group.domains}
              axis={axis}
              color={COLORS[i % COLORS.length] ?? 'var(--c1)'}
              best={group.bestId === each.id}
              chosen={chosen.includes(each.id)}
              onChoose={() => onChoose(each.id)}
            />
          ))}
        </tbody>
      </Table>
    </Card>
  );
}

interface MatrixRowProps {
  evaluation: Evaluation;
  domains: readonly string[];
  axis: { from: number; to: number };
  color: string;
  best: boolean;
  chosen: boolean;
  onChoose(): void;
}

function MatrixRow({ evaluation, domains, axis, color, best, chosen, onChoose }: MatrixRowProps) {
  const { accuracy, format, state } = evaluation;
  const open = () => go('evaluate', { id: evaluation.id });
  const shareOf = (domain: string) =>
    evaluation.byDomain.find((part) => part.domain === domain)?.accuracy ?? null;
  return (
    <TableRow selected={chosen} onOpen={open}>
      <Cell className={styles.tick}>
        <Checkbox
          label={`Compare ${evaluation.name}`}
          checked={chosen}
          disabled={state !== 'done'}
          onChange={onChoose}
        />
      </Cell>
      <Cell>
        <button type="button" className={screen.open} onClick={open}>
          {evaluation.name}
        </button>
      </Cell>
      {domains.map((domain) => {
        const share = shareOf(domain);
        return (
          <Cell
            key={domain}
            number
            title={share && share.n > 0 ? `${intervalInWords(share)}, n ${share.n}` : undefined}
          >
            {share && share.n > 0 ? formatPercent(share.share) : '–'}
          </Cell>
        );
      })}
      <Cell number>{format ? formatPercent(format.share, 0) : '–'}</Cell>
      <Cell className={styles.axis}>
        {state === 'running' || state === 'paused' ? (
          <ProgressBar label={evaluation.name} done={evaluation.done} total={evaluation.total} />
        ) : (
          accuracy && <Interval value={accuracy} label="accuracy" {...axis} color={color} width="100%" />
        )}
      </Cell>
      <Cell number strong>
        {accuracy ? formatPercent(accuracy.share) : formatNumber(evaluation.meanTotal)}
      </Cell>
      <Cell number>
        {state === 'done'
          ? formatCount(evaluation.total)
          : `${formatCount(evaluation.done)} of ${formatCount(evaluation.total)}`}
      </Cell>
      <Cell>
        {state !== 'done' ? (
          <Pill tone={evaluationTone(state)} live={state === 'running'} why={evaluation.error ?? undefined}>
            {evaluationStateInWords(state)}
          </Pill>
        ) : (
          <small>{[best && 'best', evaluation.recorded && 'recorded'].filter(Boolean).join(', ')}</small>
        )}
      </Cell>
    </TableRow>
  );
}
