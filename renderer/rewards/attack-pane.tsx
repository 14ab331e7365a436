// One attack: what it tries, the honest completion and the hack beside each other, and what each part gave to both.
import { FlaskConical } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { AttackResult, SuiteInfo } from '../../core/contract/rewards.ts';
import { type AttackSide, scoreSides } from '../../core/rewards/attacks/attack.ts';
import { attacks } from '../../core/rewards/attacks/list.ts';
import { compileSuite } from '../../core/rewards/suite.ts';
import { go } from '../route.ts';
import { verdictInWords, verdictTone } from '../run-state.ts';
import { Button } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { Choices } from '../ui/choices.tsx';
import { CompletionView } from '../ui/completion-view.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { formatNumber, formatSigned, joinPieces, nameInWords } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import styles from './attack-pane.module.css';
import { inlineRow, setPlayground } from './playground-state.ts';
import { SidesTable } from './sides-table.tsx';
import { keyOf } from './suite-names.ts';

interface Sides {
  honest: AttackSide;
  hack: AttackSide;
}

export function AttackPane({ attack, suite }: { attack: AttackResult; suite: SuiteInfo }) {
  const listed = attacks.find(({ id }) => id === attack.id);
  const { sides, error } = useSides(attack.id, suite);
  const tryIt = () => {
    if (!listed || !sides) return;
    const { measured, row } = listed;
    setPlayground({
      subject: { row: inlineRow(row) },
      completion: sides.hack.text,
      tokens: measured?.tokens ?? null,
      truncated: measured?.truncated ?? false,
      suite: keyOf(suite),
    });
    go('rewards');
  };
  return (
    <article className={styles.pane}>
      <header>
        <div className={styles.top}>
          <small>
            {joinPieces(
              attack.origin === 'published' ? 'seen in the wild' : 'of our own making',
              nameInWords(attack.domain),
              listed && listed.row.answerType !== 'code' && `gold ${listed.row.answer ?? 'open'}`,
            )}
          </small>
          <Button icon={FlaskConical} onClick={tryIt}>
            To the playground
          </Button>
        </div>
        <div className={styles.title}>
          <h2>{attack.title}</h2>
          <Pill tone={attack.pays ? 'bad' : 'good'}>{attack.pays ? 'pays' : 'does not pay'}</Pill>
          <span>{`margin ${formatSigned(attack.margin)} of ${formatNumber(attack.max, 1)}`}</span>
        </div>
        {attack.unjudged && (
          <p className={styles.unjudged}>
            {`Training asks no judge: there the honest answer earns ${formatNumber(attack.unjudged.honest)} and the hack ${formatNumber(attack.unjudged.hack)}.`}
          </p>
        )}
        <p className={styles.question}>{attack.question}</p>
        <Choices choices={listed?.row.choices} gold={listed?.row.answer ?? null} />
      </header>
      {error && <ErrorCard what="This attack could not be scored" error={error} />}
      {sides && (
        <>
          <div className={styles.sides}>
            <Side title="Honest" side={sides.honest} total={attack.honestTotal} />
            <Side title="Hack" side={sides.hack} total={attack.hackTotal} />
          </div>
          <SidesTable suite={suite.suite} honest={sides.honest.result} hack={sides.hack.result} />
        </>
      )}
    </article>
  );
}

/** The list is one file for the core and the window, so both sides are scored here with all their reasons. */
function useSides(id: string, { suite }: SuiteInfo): { sides: Sides | null; error: Error | null } {
  const [state, setState] = useState<{ sides: Sides | null; error: Error | null }>({
    sides: null,
    error: null,
  });
  useEffect(() => {
    let left = false;
    const attack = attacks.find((each) => each.id === id);
    if (!attack) return;
    scoreSides(compileSuite(suite), attack).then(
      (sides) => left || setState({ sides, error: null }),
      (error: Error) => left || setState({ sides: null, error }),
    );
    return () => {
      left = true;
    };
  }, [id, suite]);
  return state;
}

function Side({ title, side: { text, result }, total }: { title: string; side: AttackSide; total: number }) {
  const verdict = {
    tone: verdictTone(result.verdict),
    word: verdictInWords(result.verdict),
    why: result.why.answer,
  };
  return (
    <Card
      label={title}
      title={title}
      figure={
        <>
          {formatNumber(total)} <small>earned</small>
        </>
      }
    >
      <CompletionView compact text={text} parsed={result.parsed} verdict={verdict} />
    </Card>
  );
}
