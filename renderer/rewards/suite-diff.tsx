// What differs between two suites, change by change.

import { Fragment } from 'react';
import type { SuiteChange } from '../../core/contract/rewards.ts';
import { useQuery } from '../queries.ts';
import { Card } from '../ui/card.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatNumber } from '../ui/format.ts';
import { LineDiff } from '../ui/line-diff.tsx';
import { Pill, type Tone } from '../ui/pill.tsx';
import { Cell, HeadCell, Table } from '../ui/table.tsx';
import styles from './suite-diff.module.css';
import { titleOf } from './suite-names.ts';
import { isCode, paramInWords, valueInWords } from './suite-words.ts';

const tones: Readonly<Record<SuiteChange['change'], Tone>> = {
  added: 'good',
  removed: 'bad',
  changed: 'warn',
};

export function SuiteDiff({ left, right }: { left: string; right: string }) {
  const diff = useQuery('rewards.diff', { left, right }, { keep: true });
  if (diff.error) return <ErrorCard what="The two could not be held against each other" error={diff.error} />;
  if (!diff.data) return null;
  const { changes, left: from, right: to } = diff.data;
  return (
    <Card flush label={`Changes from ${titleOf(from)} to ${titleOf(to)}`}>
      <Table label={`Changes from ${titleOf(from)} to ${titleOf(to)}`} className={styles.table}>
        <thead>
          <tr>
            <HeadCell>Part</HeadCell>
            <HeadCell>Change</HeadCell>
            <HeadCell>{titleOf(from)}</HeadCell>
            <HeadCell>{titleOf(to)}</HeadCell>
          </tr>
        </thead>
        <tbody>
          {changes.map(({ change, part, field, left: before, right: after }) => (
            <Fragment key={`${part}${field}`}>
              <tr>
                <Cell strong>{part ?? 'the suite'}</Cell>
                <Cell>
                  <Pill tone={tones[change]}>{change}</Pill>{' '}
                  {field && paramInWords(field.replace(/^(params|when)\./, ''))}
                </Cell>
                <Cell className={styles.value}>
                  {before === null && change !== 'changed' ? '–' : valueInWords(before)}
                </Cell>
                <Cell className={styles.value}>
                  {after === null && change !== 'changed' ? '–' : valueInWords(after)}
                </Cell>
              </tr>
              {(isCode(before) || isCode(after)) && (
                <tr>
                  <Cell colSpan={4} className={styles.code}>
                    <LineDiff
                      label={`${part} ${field}, line by line`}
                      before={typeof before === 'string' ? before : ''}
                      after={typeof after === 'string' ? after : ''}
                    />
                  </Cell>
                </tr>
              )}
            </Fragment>
          ))}
          {changes.length === 0 && (
            <tr>
              <Cell colSpan={4}>Parts, weights and parameters are the same.</Cell>
            </tr>
          )}
          <tr>
            <Cell className={styles.range}>Total</Cell>
            <Cell />
            <Cell className={styles.range}>{`${formatNumber(from.min)} … ${formatNumber(from.max)}`}</Cell>
            <Cell className={styles.range}>{`${formatNumber(to.min)} … ${formatNumber(to.max)}`}</Cell>
          </tr>
        </tbody>
      </Table>
    </Card>
  );
}
