// The parts of a suite as a table: what each weighs, what it does, what was chosen for it and when it counts.
import type { Suite } from '../../core/contract/reward.ts';
import { useQuery } from '../queries.ts';
import { formatTick } from '../ui/chart-scale.ts';
import { CodeBlock } from '../ui/code-block.tsx';
import { formatNumber } from '../ui/format.ts';
import { Cell, HeadCell, Table } from '../ui/table.tsx';
import { functionOf } from './suite-draft.ts';
import styles from './suite-parts.module.css';
import { isCode, paramInWords, valueInWords, whenInWords } from './suite-words.ts';

export function SuiteParts({ suite }: { suite: Suite }) {
  const catalogue = useQuery('rewards.parts', {});
  return (
    <Table label="Parts" className={styles.table}>
      <thead>
        <tr>
          <HeadCell>Part</HeadCell>
          <HeadCell number>Weight</HeadCell>
          <HeadCell number>Score</HeadCell>
          <HeadCell>Parameters</HeadCell>
          <HeadCell>Counts</HeadCell>
        </tr>
      </thead>
      <tbody>
        {suite.parts.map((part) => {
          const fn = functionOf(catalogue.data, part.fn);
          const params = Object.entries(part.params ?? {});
          return (
            <tr key={part.id}>
              <Cell>
                <b>{part.id}</b>
                {part.fn !== part.id && <small>{` ${part.fn}`}</small>}
                <small className={styles.about}>{fn?.explanation}</small>
              </Cell>
              <Cell number strong>
                {part.weight === 0 ? 'unweighted' : formatNumber(part.weight, 2)}
              </Cell>
              <Cell number>
                {fn?.range ? `${formatTick(fn.range.min)} … ${formatTick(fn.range.max)}` : '–'}
              </Cell>
              <Cell className={styles.params}>
                {params.length === 0 ? (
                  <small>defaults</small>
                ) : (
                  params.map(([name, value]) => (
                    <div key={name} title={fn?.params.find((param) => param.name === name)?.explanation}>
                      <small>{paramInWords(name)}</small>{' '}
                      {isCode(value) ? (
                        <details>
                          <summary>{valueInWords(value)}</summary>
                          <CodeBlock label={`${paramInWords(name)} of ${part.id}`} text={value} />
                        </details>
                      ) : (
                        valueInWords(value)
                      )}
                    </div>
                  ))
                )}
              </Cell>
              <Cell className={styles.when}>
                {!part.when && fn?.answerTypes
                  ? `${fn.answerTypes.join(', ')} answers`
                  : whenInWords(part.when)}
              </Cell>
            </tr>
          );
        })}
      </tbody>
    </Table>
  );
}
