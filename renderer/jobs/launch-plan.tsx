// What the run will do, in figures, before it starts.
import { Fragment } from 'react';
import { isBlock } from '../../core/contract/is-block.ts';
import { settingsOf } from '../../core/contract/job-settings.ts';
import type { LabStatus } from '../../core/contract/lab.ts';
import { memoryWords, PROCESS_BYTES, type RunPlan } from '../../core/contract/run-views.ts';
import { Card } from '../ui/card.tsx';
import { Facts } from '../ui/facts.tsx';
import { formatCount, plural } from '../ui/format.ts';
import { Pill } from '../ui/pill.tsx';
import screen from '../ui/screen.module.css';
import type { LaunchChoice, LaunchDraft, WrongField } from './launch-draft.ts';
import styles from './launch-plan.module.css';
import type { Settings } from './setting-fields.ts';

interface LaunchPlanProps {
  draft: LaunchDraft;
  choice: LaunchChoice;
  /** As the run has them. */
  settings: Settings;
  trainer: LabStatus['trainer'] | undefined;
  /** What the core computes of it; null while it cannot. */
  plan: RunPlan | null;
  /** Fields with a value that cannot be used. */
  wrong: readonly WrongField[];
  /** Leads to one of them. */
  onShow(field: string): void;
}

export function LaunchPlan({ draft, choice, settings, trainer, plan, wrong, onShow }: LaunchPlanProps) {
  const { preset } = choice;
  const where = (
    <Pill key="where" tone={trainer?.ready === false ? 'warn' : 'good'} why={trainer?.detail}>
      {trainer?.ready === false ? 'this machine, not ready' : 'this machine'}
    </Pill>
  );
  const look = wrong.length > 0 ? styles.incomplete : undefined;
  const notice = wrong.length > 0 && <WrongNotice wrong={wrong} onShow={onShow} />;
  // Settings that are being typed may lack anything; the check says what.
  const grpo = preset?.kind === 'grpo' ? settingsOf.grpo.safeParse(settings).data : undefined;
  if (!preset || !grpo)
    return (
      <Card title="What will happen" className={look}>
        {notice}
        <p className={styles.words}>{preset?.summary}</p>
        <Facts
          facts={[
            ['Kind', preset?.kind ?? '–'],
            ['Reward suite', draft.suite ?? preset?.suite ?? 'none'],
            ['Prompt', draft.template ?? preset?.template ?? '–'],
            ...stepsOf(settings),
            ...memoryOf(plan),
            ['Where', where],
          ]}
        />
        {trainer?.fix && <p className={styles.fix}>{trainer.fix}</p>}
      </Card>
    );
  const { training, lora, rollout } = grpo;
  const completions = training.steps * training.promptsPerStep * training.groupSize;
  return (
    <Card title="What will happen" className={look}>
      {notice}
      <p className={styles.words}>
        {`${formatCount(completions)} completions are written and rewarded: ${plural(training.steps, 'step')} of ${plural(training.promptsPerStep, 'question')}, ${training.groupSize} answers to each. What earns more than its group’s mean becomes likelier.`}
      </p>
      <Facts
        facts={[
          ['Reward suite', draft.suite ?? preset.suite ?? 'none'],
          ['Prompt', draft.template ?? preset.template],
          ['LoRA rank, alpha', `${lora.rank}, ${lora.alpha}`],
          ['Changed layers', `${lora.targets.length} per block`],
          ['Learning rate', `${training.learningRate}, ${training.schedule}`],
          ['KL weight', training.beta],
          ['Prompt, completion', `${rollout.maxPromptTokens}, ${rollout.maxCompletionTokens} tokens`],
          ...memoryOf(plan),
          ['Where', where],
        ]}
      />
      {trainer?.fix && <p className={styles.fix}>{trainer.fix}</p>}
    </Card>
  );
}

/** "The values of Seed and Name cannot be used": each name leads to its field. */
function WrongNotice({ wrong, onShow }: Pick<LaunchPlanProps, 'wrong' | 'onShow'>) {
  const one = wrong.length === 1;
  return (
    <p className={styles.fix}>
      {one ? 'The value of ' : 'The values of '}
      {wrong.map(({ field, label }, i) => (
        <Fragment key={field}>
          {i > 0 && (i === wrong.length - 1 ? ' and ' : ', ')}
          <button type="button" className={screen.link} onClick={() => onShow(field)}>
            {label}
          </button>
        </Fragment>
      ))}
      {` cannot be used: this is the plan without ${one ? 'it' : 'them'}.`}
    </p>
  );
}

function stepsOf({ training }: Settings): [string, string][] {
  return isBlock(training) ? [['Steps', String(training['steps'])]] : [];
}

function memoryOf(plan: RunPlan | null): [string, string][] {
  // What only copies weights holds a few of them at a time, without JAX.
  if (!plan || plan.tokensPerStep === 0) return [];
  return [
    [
      'Memory, about',
      `${memoryWords(plan.memoryBytes)} of arrays a device, ${memoryWords(PROCESS_BYTES)} for the process`,
    ],
    ['Tokens a step, at most', formatCount(plan.tokensPerStep)],
  ];
}
