// The numbers behind a chart, newest step first. Shown by chart.tsx in place of the curve.
import styles from './chart.module.css';
import type { ChartSeries, Plot } from './chart-data.ts';
import { Cell, HeadCell, Table } from './table.tsx';

interface ChartTableProps {
  label: string;
  series: readonly ChartSeries[];
  data: Plot;
  unit: string;
  /** A step in words by its place, where its number alone does not say it. */
  wordsAt(place: number): string | undefined;
  format: (value: number | null) => string;
}

/** More rows than a person reads; the CSV holds all. */
const MOST = 500;

export function ChartTable({ label, series, data, unit, wordsAt, format }: ChartTableProps) {
  const newest = data.steps.map((step, i) => ({ step, i })).reverse();
  return (
    <div className={styles.table}>
      <Table label={`${label}, as a table`}>
        <thead>
          <tr>
            <HeadCell number>{unit}</HeadCell>
            {series.map((each) => (
              <HeadCell key={each.id} number>
                {each.title}
              </HeadCell>
            ))}
          </tr>
        </thead>
        <tbody>
          {newest.slice(0, MOST).map(({ step, i }) => (
            <tr key={i}>
              <Cell number>{wordsAt(i) ?? step}</Cell>
              {series.map((each, k) => (
                <Cell key={each.id} number>
                  {format(data.raw[k]?.[i] ?? null)}
                </Cell>
              ))}
            </tr>
          ))}
        </tbody>
      </Table>
    </div>
  );
}
