// What a run scored on a set of questions that it does not learn from: in all and by domain, with intervals, moment by moment.
import { formatNumber, formatPercent, nameInWords } from '../ui/format.ts';
import { intervalInWords } from '../ui/interval.tsx';
import { Cell, HeadCell, Table } from '../ui/table.tsx';
import { type Answered, countOf, type ExamRow, type ExamSet, sameCount } from './exams.ts';
import styles from './exams-table.module.css';
import { Few } from './few.tsx';

export function ExamsTable({ set: { set, rows, domains } }: { set: ExamSet }) {
  const columns: { id: string; title: string; of(row: ExamRow): Answered | undefined }[] = [
    { id: 'all', title: 'All', of: ({ exam }) => exam },
    ...(domains.length > 1
      ? domains.map((domain) => ({
          id: domain,
          title: nameInWords(domain),
          of: ({ exam }: ExamRow) => exam.domains[domain],
        }))
      : []),
  ];
  const shares = shareColumns.filter(({ of }) => rows.some(({ exam }) => of(exam) !== null));
  return (
    <Few items={rows} what="exam">
      {(shown) => (
        <Table label={`Exams on ${set}`} className={styles.table}>
          <thead>
            <tr>
              <HeadCell>{`Exam on ${nameInWords(set)}`}</HeadCell>
              {columns.map(({ id, title, of }) => {
                const n = sameCount(rows.map(of));
                return (
                  <HeadCell key={id} colSpan={2}>
                    {title} {n !== null && <small>{`n ${n}`}</small>}
                  </HeadCell>
                );
              })}
              <HeadCell number>Reward</HeadCell>
              {shares.map(({ title }) => (
                <HeadCell key={title} number>
                  {title}
                </HeadCell>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={row.key}>
                <Cell strong>{row.title}</Cell>
                {columns.map(({ id, of }) => (
                  <Right key={id} answered={of(row)} alone={sameCount(rows.map(of)) === null} />
                ))}
                <Cell number>{formatNumber(row.exam.mean)}</Cell>
                {shares.map(({ title, of }) => (
                  <Cell key={title} number>
                    {inPercent(of(row.exam))}
                  </Cell>
                ))}
              </tr>
            ))}
          </tbody>
        </Table>
      )}
    </Few>
  );
}

const shareColumns: readonly { title: string; of(exam: ExamRow['exam']): number | null }[] = [
  { title: 'Strict', of: ({ format }) => format },
  { title: 'Distinct', of: ({ distinct }) => distinct },
  { title: 'Copied', of: ({ copied }) => copied },
  { title: 'At the limit', of: ({ truncated }) => truncated },
];

function inPercent(share: number | null): string {
  return share === null ? '–' : `${formatPercent(share, 0)} %`;
}

interface RightProps {
  answered: Answered | undefined;
  /** The head does not say of how many. */
  alone: boolean;
}

/** Of what cannot be checked the reward stands for the share of right answers. */
function Right({ answered, alone }: RightProps) {
  if (!answered) return <Cell colSpan={2}>–</Cell>;
  const { correct, right, mean } = answered;
  return (
    <>
      <Cell number className={styles.value}>
        {correct === null ? formatNumber(mean) : <b>{`${formatPercent(correct)} %`}</b>}
      </Cell>
      <Cell className={styles.beside}>
        <small>
          {correct === null && 'reward'}
          {right && (
            <span title={`95 % interval ${intervalInWords(right)}`}>
              {`${formatPercent(right.low, 0)}–${formatPercent(right.high, 0)}`}
            </span>
          )}
          {alone && countOf(answered) !== null && ` n ${countOf(answered)}`}
        </small>
      </Cell>
    </>
  );
}
