// A chart card over uPlot: raw values faint behind the smoothed line, a read-out under the pointer, a table behind it, PNG and CSV.
import { Ellipsis } from 'lucide-react';
import { type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { IconButton } from './button.tsx';
import { Card } from './card.tsx';
import styles from './chart.module.css';
import {
  type ChartMark,
  type ChartSeries,
  csvOf,
  lastValue,
  type Plot,
  plotOf,
  summaryOf,
} from './chart-data.ts';
import { chartOptions } from './chart-options.ts';
import { ChartTable } from './chart-table.tsx';
import { classNames } from './class-names.ts';
import { formatCompact } from './format.ts';
import { Menu } from './menu.tsx';
import { saveFile } from './save-file.ts';
import { useThemeVersion } from './use-theme-color.ts';

interface ChartProps {
  title: string;
  series: readonly ChartSeries[];
  /** What the horizontal axis counts. */
  unit?: string;
  /** End of the horizontal axis when it is known before the data is there: the run's total steps. */
  until?: number | undefined;
  /** Where the axis begins that has such an end; absent: at 0. */
  from?: number;
  /** Fixed ends of the vertical axis; null follows the data. */
  range?: readonly [number | null, number | null];
  /** Of read-outs and the table. */
  format?: (value: number | null) => string;
  /** Of the vertical axis; absent: as short as they can be. */
  tick?: (value: number) => string;
  height?: number;
  /** At the right end of the head: the present value with its unit. */
  figure?: ReactNode;
  /** A sentence under the chart. */
  note?: ReactNode;
  /** Charts with the same key show the same step together. */
  syncKey?: string;
  /** What begins where, in rising order: thin lines with a name each. */
  marks?: readonly ChartMark[];
  /** A step in words, where its number alone does not say it. `opening`: what stands before the first step of what begins there. */
  stepInWords?: ((step: number, opening: boolean) => string) | undefined;
  className?: string | undefined;
}

export function Chart(props: ChartProps) {
  const { title, series, unit = 'step', figure, note, className, stepInWords } = props;
  const format = props.format ?? formatCompact;
  const [asTable, setAsTable] = useState(false);
  const [place, setPlace] = useState<number | null>(null);
  const holder = useRef<HTMLDivElement>(null);
  const data = useMemo(() => plotOf(series), [series]);
  const index = place !== null && place < data.steps.length ? place : -1;
  const wordsAt = (at: number): string | undefined =>
    stepInWords?.(data.steps[at] ?? 0, data.openings[at] ?? false);

  const entries = [
    { title: asTable ? 'Show the curve' : 'Show the table', onSelect: () => setAsTable(!asTable) },
    {
      title: 'Save as PNG',
      onSelect: () => {
        const canvas = holder.current?.querySelector('canvas');
        canvas?.toBlob((blob) => blob && saveFile(`${title}.png`, blob));
      },
    },
    {
      title: 'Save as CSV',
      onSelect: () => saveFile(`${title}.csv`, new Blob([csvOf(series, unit)], { type: 'text/csv' })),
    },
  ];
  const many = series.length > 1;
  return (
    <Card
      className={classNames(styles.card, className)}
      title={title}
      aside={many && <Legend series={series} data={data} index={index} format={format} />}
      figure={
        index < 0 ? (
          figure
        ) : (
          <>
            {!many && format(data.shown[0]?.[index] ?? null)}{' '}
            <small>{wordsAt(index) ?? `${unit} ${data.steps[index]}`}</small>
          </>
        )
      }
    >
      <Menu
        trigger={<IconButton icon={Ellipsis} label={`More for ${title}`} className={styles.more} />}
        entries={entries}
      />
      {asTable ? (
        <ChartTable label={title} series={series} data={data} unit={unit} wordsAt={wordsAt} format={format} />
      ) : (
        <Canvas {...props} data={data} holder={holder} onPlace={setPlace} format={format} />
      )}
      {note && <small className={styles.note}>{note}</small>}
    </Card>
  );
}

interface LegendProps {
  series: readonly ChartSeries[];
  data: Plot;
  index: number;
  format: (value: number | null) => string;
}

function Legend({ series, data, index, format }: LegendProps) {
  return (
    <span className={styles.legend}>
      {series.map((each, i) => (
        <small key={each.id}>
          <i style={{ background: each.color }} />
          {each.title}
          <b>{format(index >= 0 ? (data.shown[i]?.[index] ?? null) : lastValue(data.shown[i] ?? []))}</b>
        </small>
      ))}
    </span>
  );
}

/** The plot alone, for places that have a head of their own. */
export function BareChart(props: Omit<ChartProps, 'figure' | 'note' | 'className'>) {
  const holder = useRef<HTMLDivElement>(null);
  const data = useMemo(() => plotOf(props.series), [props.series]);
  return (
    <Canvas {...props} data={data} holder={holder} onPlace={ignore} format={props.format ?? formatCompact} />
  );
}

const ignore = () => {};
const none: readonly ChartMark[] = [];

interface CanvasProps extends ChartProps {
  data: Plot;
  holder: React.RefObject<HTMLDivElement | null>;
  onPlace(place: number | null): void;
  format: (value: number | null) => string;
}

function Canvas({
  title,
  series,
  unit,
  from = 0,
  until,
  range,
  height = 150,
  syncKey,
  marks = none,
  data,
  holder,
  onPlace,
  format,
  tick,
}: CanvasProps) {
  const plot = useRef<uPlot | null>(null);
  const theme = useThemeVersion();
  const describedBy = useId();
  const shape = series
    .map((each) => `${each.id}${each.color}${each.smoothing ? 1 : 0}${each.starts?.join() ?? ''}`)
    .join();
  const marked = marks.map(({ at, label }) => `${at}${label}`).join();
  const values = useMemo(() => [data.steps, ...data.raw, ...data.shown] as uPlot.AlignedData, [data]);
  const latest = useRef(values);
  latest.current = values;

  // The plot is made anew when its shape or the theme changes; new points only replace its data.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape`, `marked` and `theme` stand for what is read from series, marks and tokens
  useEffect(() => {
    const box = holder.current;
    if (!box) return;
    const options = chartOptions({
      series,
      from,
      until,
      range,
      height,
      syncKey,
      marks,
      tick,
      width: box.clientWidth,
      onPlace,
    });
    const made = new uPlot(options, latest.current, box);
    plot.current = made;
    const watcher = new ResizeObserver(() => made.setSize({ width: box.clientWidth, height }));
    watcher.observe(box);
    return () => {
      watcher.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape, marked, theme, from, until, range?.[0], range?.[1], height, syncKey]);
  useEffect(() => plot.current?.setData(values), [values]);

  return (
    <>
      <div
        ref={holder}
        className={styles.canvas}
        style={{ height }}
        role="img"
        aria-label={`${title} by ${unit ?? 'step'}`}
        aria-describedby={describedBy}
      />
      <span id={describedBy} className="visually-hidden">
        {`${summaryOf(series, data, format)} The menu shows the table.`}
      </span>
    </>
  );
}
