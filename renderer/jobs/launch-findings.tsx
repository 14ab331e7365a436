// What the core finds in a run before it is started: errors first, each with the field that decides it.
import type { RunFinding } from '../../core/contract/run-views.ts';
import { Pill } from '../ui/pill.tsx';
import styles from './launch-findings.module.css';

export function LaunchFindings({ findings }: { findings: readonly RunFinding[] }) {
  if (findings.length === 0) return null;
  return (
    <ul className={styles.findings} aria-label="What the check found">
      {findings.map(({ field, level, message }) => (
        <li key={`${field}${message}`}>
          <Pill tone={level === 'error' ? 'bad' : 'warn'}>{level === 'error' ? 'stops it' : 'wasteful'}</Pill>
          <span>
            <code>{field}</code> {message}
          </span>
        </li>
      ))}
    </ul>
  );
}
