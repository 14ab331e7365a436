// What the core finds in a run before it is started: errors first, each with the way to the field that decides it.

import type { RunFinding } from '../../core/contract/run-views.ts';
import { Pill } from '../ui/pill.tsx';
import screen from '../ui/screen.module.css';
import { levels } from './finding-notes.ts';
import { fieldInWords, saidOnce } from './finding-words.ts';
import styles from './launch-findings.module.css';

interface LaunchFindingsProps {
  findings: readonly RunFinding[];
  /** Names of a program's stages, in their order. */
  stages: readonly string[];
  /** Leads to the field. */
  onShow(field: string): void;
}

export function LaunchFindings({ findings, stages, onShow }: LaunchFindingsProps) {
  if (findings.length === 0) return null;
  return (
    <ul className={styles.findings} aria-label="What the check found">
      {saidOnce(findings).map(({ field, level, message }) => (
        <li key={`${field}${message}`}>
          <div className={styles.head}>
            <Pill tone={levels[level].tone}>{levels[level].word}</Pill>
            {field === '' ? (
              <b>The whole run</b>
            ) : (
              <button type="button" className={screen.link} onClick={() => onShow(field)}>
                {fieldInWords(field, stages)}
              </button>
            )}
          </div>
          {message}
        </li>
      ))}
    </ul>
  );
}
