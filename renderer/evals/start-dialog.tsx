// Start an evaluation: which model, with or without an adapter, on which questions, how many.
import { type FormEvent, useState } from 'react';
import { useCommand, useQuery } from '../queries.ts';
import { go } from '../route.ts';
import { suiteOptions } from '../suite-options.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorCard } from '../ui/error-card.tsx';
import { Field } from '../ui/field.tsx';
import { formatNumber, plural } from '../ui/format.ts';
import { Select } from '../ui/select.tsx';
import { TextField } from '../ui/text-field.tsx';
import { closeDialog, useView } from '../view.ts';
import { startDefaults } from './start-defaults.ts';
import styles from './start-dialog.module.css';

const FORM = 'start-evaluation';
const NONE = 'none';

export function StartDialog() {
  const about = useView((view) => view.dialog?.about) ?? {};
  const models = useQuery('models.list', {});
  const sources = useQuery('datasets.list', {});
  const evaluations = useQuery('evals.list', {});
  const presets = useQuery('jobs.presets', {});
  const suites = useQuery('rewards.suites', {});
  const start = useCommand('evals.start');
  const [modelId, setModelId] = useState(about.modelId || null);
  const [adapterId, setAdapterId] = useState<string>(about.adapterId ?? NONE);
  const [sourceId, setSourceId] = useState<string | null>(null);
  const [chosenSuite, setSuite] = useState<string | null>(null);
  const [typedLimit, setLimit] = useState<string | null>(null);
  const [typedMaxTokens, setMaxTokens] = useState<string | null>(null);

  const bases = (models.data ?? []).filter((model) => model.kind === 'base' && model.state === 'ready');
  const base = bases.find((model) => model.id === modelId) ?? bases[0];
  const adapters = (models.data ?? []).filter(
    (model) => model.kind === 'adapter' && model.parentId === base?.id,
  );
  const adapter = adapters.find((model) => model.id === adapterId);
  // Held-out questions first: measuring on what was trained on proves nothing.
  const ordered = [...(sources.data ?? [])].sort(
    (a, b) => Number(b.locked !== null) - Number(a.locked !== null),
  );
  const source = ordered.find((each) => each.id === sourceId) ?? ordered[0];
  const options = suiteOptions(suites.data ?? []);
  const suite = chosenSuite ?? options[0]?.value ?? null;
  const defaults = startDefaults(base?.id, source?.id, evaluations.data ?? [], presets.data ?? []);
  const limit = typedLimit ?? String(defaults.questions);
  const maxTokens = typedMaxTokens ?? String(defaults.maxTokens);
  const asked = Math.min(Number(limit) || 0, source?.rowCount ?? 0);
  const reason = reasonOf(base !== undefined, source !== undefined, limit, maxTokens);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (reason || !base || !source) return;
    start.mutate(
      {
        modelId: base.id,
        ...(adapter ? { adapterId: adapter.id } : {}),
        sourceId: source.id,
        ...(suite ? { suite } : {}),
        limit: Number(limit),
        maxTokens: Number(maxTokens),
      },
      {
        onSuccess: ({ id }) => {
          closeDialog();
          go('evaluate', { id });
        },
      },
    );
  };
  return (
    <Dialog
      title="How well does it answer?"
      about="Every question is asked once on this machine; every answer is kept with how it was read."
      onClose={closeDialog}
      foot={
        <>
          <Button kind="quiet" onClick={closeDialog}>
            Cancel
          </Button>
          <Button kind="primary" submit form={FORM} busy={start.isPending} reason={reason}>
            {start.isPending ? 'Starting…' : asked > 0 ? `Ask ${plural(asked, 'question')}` : 'Start'}
          </Button>
        </>
      }
    >
      <form id={FORM} className={styles.form} onSubmit={submit}>
        <Field
          label="Base model"
          hint={base ? `Prompt template ${base.template}` : 'Add a base model first.'}
        >
          {({ id }) => (
            <Select
              id={id}
              label="Base model"
              options={bases.map((model) => ({
                value: model.id,
                label: model.name,
                detail: model.architecture,
              }))}
              value={base?.id ?? null}
              onChange={(next) => {
                setModelId(next);
                setAdapterId(NONE);
              }}
            />
          )}
        </Field>
        <Field label="Adapter" hint="An adapter is valid only on the base it was trained on.">
          {({ id }) => (
            <Select
              id={id}
              label="Adapter"
              options={[
                { value: NONE, label: 'None: the base alone' },
                ...adapters.map((model) => ({
                  value: model.id,
                  label: model.name,
                  detail: model.state === 'ready' ? undefined : model.state,
                })),
              ]}
              value={adapter?.id ?? NONE}
              onChange={setAdapterId}
            />
          )}
        </Field>
        <Field
          label="Questions"
          hint={
            source?.locked
              ? 'Held out: never trained on.'
              : source
                ? 'Not locked: a run may have trained on these.'
                : 'Import questions first.'
          }
        >
          {({ id }) => (
            <Select
              id={id}
              label="Questions"
              options={ordered.map((each) => ({
                value: each.id,
                label: `${each.dataset} · ${each.split}`,
                detail: plural(each.rowCount, 'row'),
              }))}
              value={source?.id ?? null}
              onChange={setSourceId}
            />
          )}
        </Field>
        <Field label="Reward suite" hint="Two evaluations compare best when one suite read both.">
          {({ id }) => (
            <Select id={id} label="Reward suite" options={options} value={suite} onChange={setSuite} />
          )}
        </Field>
        <Field label="How many" hint={intervalHint(asked)}>
          {(ids) => (
            <TextField
              {...ids}
              inputMode="numeric"
              value={limit}
              onChange={(event) => setLimit(event.target.value)}
            />
          )}
        </Field>
        <Field label="Token limit" hint="An answer that is longer is cut and counts as wrong.">
          {(ids) => (
            <TextField
              {...ids}
              inputMode="numeric"
              value={maxTokens}
              onChange={(event) => setMaxTokens(event.target.value)}
            />
          )}
        </Field>
        {start.error && (
          <div className={styles.wide}>
            <ErrorCard what="The evaluation was not started" error={start.error} />
          </div>
        )}
      </form>
    </Dialog>
  );
}

function reasonOf(
  hasBase: boolean,
  hasSource: boolean,
  limit: string,
  maxTokens: string,
): string | undefined {
  if (!hasBase) return 'There is no base model that is ready.';
  if (!hasSource) return 'Import questions first.';
  if (!/^[1-9]\d*$/.test(limit.trim())) return 'Say how many questions: a whole number, 1 or more.';
  if (!/^[1-9]\d*$/.test(maxTokens.trim()) || Number(maxTokens) > 8192)
    return 'The token limit is a whole number up to 8,192.';
  return undefined;
}

/** Half the width of a 95 % interval around one half, in points: what this many questions can show at best. */
function intervalHint(n: number): string {
  if (n < 1) return '';
  return `A share of 50 % would be known to ± ${formatNumber((1.96 * 50) / Math.sqrt(n), 1)} points.`;
}
