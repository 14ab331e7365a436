// The figures of an evaluation in one band: accuracy, format, cut ones, tokens; domains beside them with their intervals.
import type { Evaluation } from '../../core/contract/evals.ts';
import { formatCount, formatNumber, formatPercent, nameInWords, shortHash } from '../ui/format.ts';
import { Interval, intervalInWords, type Share, sharedAxis } from '../ui/interval.tsx';
import { Tooltip } from '../ui/tooltip.tsx';
import styles from './evaluation-figures.module.css';

export function EvaluationFigures({ evaluation }: { evaluation: Evaluation }) {
  const { accuracy, format, truncated, byDomain, settings } = evaluation;
  const judged = byDomain.filter((part) => part.accuracy.n > 0);
  const axis = sharedAxis(judged.map((part) => part.accuracy));
  return (
    <section className={styles.band} aria-label="Figures">
      {accuracy === null && evaluation.meanTotal !== null ? (
        <div className={styles.figure} data-hero>
          <span className={styles.title}>Reward</span>
          <span className={styles.value}>{formatNumber(evaluation.meanTotal)}</span>
          <small>{`mean · n ${formatCount(evaluation.done)}, none has one right answer`}</small>
        </div>
      ) : (
        <ShareFigure title="Correct" value={accuracy} hero />
      )}
      <ShareFigure title="Strict format" value={format} />
      <ShareFigure title="Cut at the limit" value={truncated} />
      <div className={styles.figure}>
        <span className={styles.title}>Tokens</span>
        <span className={styles.value}>{formatNumber(evaluation.meanTokens, 0)}</span>
        <small>{`mean, limit ${settings.maxTokens}`}</small>
      </div>
      <div className={styles.domains}>
        {judged.map((part) => (
          <div key={part.domain} className={styles.domain}>
            <span>{nameInWords(part.domain)}</span>
            <Interval value={part.accuracy} label={`${part.domain}: accuracy`} {...axis} width="100%" />
            <span className={styles.share}>
              {formatPercent(part.accuracy.share)} <small>%</small>
            </span>
            <small className={styles.share}>{`n ${formatCount(part.accuracy.n)}`}</small>
          </div>
        ))}
      </div>
      <div className={styles.how}>
        <small>
          {`${evaluation.template} · temperature ${settings.temperature} · seed ${settings.seed} · ${settings.threads === 1 ? '1 thread' : `${settings.threads} threads`}`}
        </small>
        <Tooltip text={evaluation.suite.hash}>
          <small>{`suite ${evaluation.suite.name} ${shortHash(evaluation.suite.hash)}`}</small>
        </Tooltip>
      </div>
    </section>
  );
}

function ShareFigure({ title, value, hero }: { title: string; value: Share | null; hero?: boolean }) {
  return (
    <div className={styles.figure} data-hero={hero || undefined}>
      <span className={styles.title}>{title}</span>
      <span className={styles.value}>
        {value ? formatPercent(value.share) : '–'}
        {value && <small> %</small>}
      </span>
      <small>{value ? `${intervalInWords(value)} · n ${formatCount(value.n)}` : 'not yet'}</small>
    </div>
  );
}
