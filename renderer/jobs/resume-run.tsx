// What becomes of a run that was cut: from which step it can go on, and the button for it; or why it cannot.
import { Play } from 'lucide-react';
import type { JobDetail } from '../../core/contract/jobs.ts';
import { ActionButton } from '../action-button.tsx';
import { useCommand } from '../queries.ts';
import { ErrorCard } from '../ui/error-card.tsx';
import screen from '../ui/screen.module.css';
import { useHandler } from '../view.ts';

export function ResumeRun({ run: { id, kind, resumesAfter, next } }: { run: JobDetail }) {
  const resume = useCommand('jobs.resume');
  const can = resumesAfter !== null;
  useHandler('train.resume', can ? () => resume.mutate({ id }) : undefined);
  if (next === '') return null;
  return (
    <div className={screen.bar}>
      {can && (
        <ActionButton action="train.resume" icon={Play} busy={resume.isPending}>
          {resumesAfter > 0 ? resumeInWords(kind, resumesAfter) : 'Start it over'}
        </ActionButton>
      )}
      <span>{next}</span>
      {resume.error && <ErrorCard what="The run could not be resumed" error={resume.error} />}
    </div>
  );
}

/** A program's count of all its steps is not the one that its stages are named by: the sentence beside it says after which. */
function resumeInWords(kind: JobDetail['kind'], step: number): string {
  return kind === 'program' ? 'Resume it' : `Resume after step ${step}`;
}
