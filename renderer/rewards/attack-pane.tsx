// One attack: what it tries, the honest completion and the hack beside each other, and what each part gave to both.
import { FlaskConical } from 'lucide-react';
import { useMemo } from 'react';
import type { Structure } from '../../core/contract/reward.ts';
import type { AttackResult, AttackSide, SuiteInfo } from '../../core/contract/rewards.ts';
import { attacks } from '../../core/rewards/attacks/list.ts';
import { parseCompletion } from '../../core/rewards/parse.ts';
import { compileSuite } from '../../core/rewards/suite.ts';
import { go } from '../route.ts';
import { verdictInWords, verdictTone } from '../run-state.ts';
import { Button } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { Choices } from '../ui/choices.tsx';
import { CompletionView } from '../ui/completion-view.tsx';
import { formatNumber, formatSigned, joinPieces, nameInWords } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import styles from './attack-pane.module.css';
import { inlineRow, setPlayground } from './playground-state.ts';
import { SidesTable } from './sides-table.tsx';
import { keyOf } from './suite-names.ts';

export function AttackPane({ attack, suite }: { attack: AttackResult; suite: SuiteInfo }) {
  const listed = attacks.find(({ id }) => id === attack.id);
  const structure = useMemo(() => compileSuite(suite.suite).structure, [suite]);
  const tryIt = () => {
    if (!listed) return;
    const { measured, row } = listed;
    setPlayground({
      subject: { row: inlineRow(row) },
      completion: attack.hack,
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
      <div className={styles.sides}>
        <Side
          title="Honest"
          text={attack.honest}
          code={attack.answerType === 'code'}
          structure={structure}
          side={attack.sides.honest}
          total={attack.honestTotal}
        />
        <Side
          title="Hack"
          text={attack.hack}
          code={attack.answerType === 'code'}
          structure={structure}
          side={attack.sides.hack}
          total={attack.hackTotal}
        />
      </div>
      <SidesTable suite={suite.suite} honest={attack.sides.honest} hack={attack.sides.hack} />
    </article>
  );
}

interface SideProps {
  title: string;
  text: string;
  code: boolean;
  structure: Structure;
  side: AttackSide;
  total: number;
}

function Side({ title, text, code, structure, side: { verdict: found, why }, total }: SideProps) {
  const verdict = { tone: verdictTone(found), word: verdictInWords(found), why: why.answer };
  const parsed = useMemo(() => parseCompletion(text, structure), [text, structure]);
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
      <CompletionView compact code={code} text={text} parsed={parsed} verdict={verdict} />
    </Card>
  );
}
