// The run as a command: only when it would start the very same run; else what is still missing for that.
import { Card } from '../ui/card.tsx';
import { CodeBlock } from '../ui/code-block.tsx';
import { CopyButton } from '../ui/copy-button.tsx';

interface LaunchCommandProps {
  /** Null while something stops the run. */
  command: string | null;
  /** What the form lacks, in a sentence. */
  missing: string | undefined;
}

export function LaunchCommand({ command, missing }: LaunchCommandProps) {
  const usable = missing === undefined ? command : null;
  return (
    <Card
      title="The same run in a terminal"
      figure={usable !== null && <CopyButton text={usable} label="Copy" wide />}
    >
      {usable === null ? (
        <p>{`There is no command for it yet. ${missing ?? 'What stops the run has to be mended first.'}`}</p>
      ) : (
        <>
          <CodeBlock label="Command" text={usable} />
          <p>
            Run it in the folder of the clone, once Forethought is closed: while a window is open, no command
            can use its lab, not even to list runs. With another folder behind --lab it runs beside the
            window, if what the run needs is in that lab, too.
          </p>
        </>
      )}
    </Card>
  );
}
