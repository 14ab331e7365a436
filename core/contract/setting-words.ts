// What each setting of a run is called and what it does, in one line. By its name, and where two kinds of job mean other things by one
// name, by the name of its block too. Used by the launch form, and by wrong-value.ts. Blocks: block-words.ts.

export interface SettingWords {
  label: string;
  hint: string;
  /** Of a time, which data hold in milliseconds: what a person counts it in. */
  unit?: keyof typeof unitMs;
}

/** Milliseconds of each. */
export const unitMs = { minutes: 60_000, seconds: 1000 } as const;

/** `["stages", 1, "training", "steps"]` */
export type SettingPath = readonly (string | number)[];

const words: Readonly<Record<string, SettingWords>> = {
  'lora.rank': {
    label: 'LoRA rank',
    hint: 'How much an adapter can change: its matrices are so many columns wide.',
  },
  'lora.alpha': {
    label: 'LoRA alpha',
    hint: 'The change is multiplied by alpha / rank; twice the rank is usual.',
  },
  'lora.targets': {
    label: 'Changed matrices',
    hint: 'k_proj and v_proj are one matrix in training: both or none.',
  },
  steps: { label: 'Steps', hint: 'How many; each learns from one batch.' },
  promptsPerStep: { label: 'Questions a step', hint: 'Different questions that one update learns from.' },
  groupSize: {
    label: 'Answers to each',
    hint: 'A group is compared with its own mean: one answer teaches nothing.',
  },
  'training.batchSize': { label: 'Batch', hint: 'Rows, or pairs, that one update learns from.' },
  batchSize: { label: 'Batch', hint: 'Questions that are answered at once.' },
  microBatch: { label: 'At once in memory', hint: 'Where a step does not fit; empty: all of it.' },
  learningRate: { label: 'Learning rate', hint: 'Its peak. Three times more can collapse a small model.' },
  warmupFraction: {
    label: 'Warm-up',
    hint: 'Share of the steps in which the rate rises, at most a quarter.',
  },
  schedule: {
    label: 'Schedule',
    hint: 'After the warm-up: falling by a cosine, or the same.',
  },
  gradClip: { label: 'Gradient norm', hint: 'Longer gradients are shortened to it.' },
  beta: { label: 'KL weight (beta)', hint: 'How dear it is to move away from where it starts.' },
  epsilon: {
    label: 'Clip (epsilon)',
    hint: 'How far one update may move a probability; counts with two iterations or more.',
  },
  epsilonHigh: { label: 'Clip above', hint: 'Another bound upwards (DAPO); empty: the same.' },
  'training.klEstimator': {
    label: 'KL estimator',
    hint: 'k3 is never negative; k1 is the plain difference.',
  },
  'guard.klEstimator': {
    label: 'KL estimator',
    hint: 'full: over the whole vocabulary, which holds what it knew; k3: by the learned tokens alone.',
  },
  variant: {
    label: 'Form of GRPO',
    hint: 'How advantages and losses are averaged.',
  },
  iterations: { label: 'Updates on one batch', hint: 'More than one needs temperature 1.' },
  trainMicroBatch: {
    label: 'Questions at once, update',
    hint: 'Where a step does not fit into memory; empty: all.',
  },
  rolloutMicroBatch: {
    label: 'Questions at once, sampling',
    hint: 'Where a step does not fit into memory; empty: all.',
  },
  logpsMicroBatch: {
    label: 'Questions at once, reference',
    hint: 'Where a step does not fit into memory; empty: all.',
  },
  klStop: {
    label: 'End above KL',
    hint: 'A sound run shows hundredths, one that has broken 0.5 and more. The last adapter below it goes out; empty: never.',
  },
  maxTokens: {
    label: 'Tokens, question and answer',
    hint: 'Shorter rows are padded to it; longer ones are refused or left out.',
  },
  packing: { label: 'Pack rows', hint: 'Several short rows in one sequence, none of which sees another.' },
  algorithm: {
    label: 'Algorithm',
    hint: 'DPO compares with the model as it starts; ORPO with none.',
  },
  lambdaOrpo: { label: 'Weight of the odds ratio', hint: 'ORPO only.' },
  labelSmoothing: { label: 'Label smoothing', hint: 'Share of pairs that may be the wrong way round.' },
  maxPromptTokens: {
    label: 'Question tokens',
    hint: 'Longer ones are refused before the start, or left out.',
  },
  maxCompletionTokens: { label: 'Answer tokens', hint: 'What is longer is cut and has no answer.' },
  temperature: { label: 'Temperature', hint: 'How much the draws differ.' },
  topP: { label: 'Top-p', hint: '1 leaves the whole vocabulary.' },
  topK: { label: 'Top-k', hint: 'Only so many likeliest tokens; empty: all.' },
  samplesPerPrompt: { label: 'Answers to each', hint: 'Draws for each question.' },
  'keep.perPrompt': { label: 'Kept of each', hint: 'The best so many answers become traces.' },
  'keep.minTotal': { label: 'Kept from reward', hint: 'Only answers that earn so much; empty: any.' },
  'keep.correctOnly': { label: 'Only right ones', hint: 'An answer that is not right becomes no trace.' },
  'validation.everySteps': { label: 'Measured every', hint: 'Steps between two looks at their loss.' },
  everySteps: { label: 'Examined every', hint: 'Steps between two looks at these questions.' },
  maxRows: {
    label: 'Examined questions',
    hint: 'A seeded choice; empty: all of them, or 100 where they are set aside.',
  },
  rows: { label: 'Rows set aside', hint: 'Never trained on; their loss is told.' },
  'gate.set': { label: 'Of the set', hint: 'Held-out questions, by the name of their set.' },
  'best.set': { label: 'Of the set', hint: 'Held-out questions, by the name of their set.' },
  set: { label: 'Name of the set', hint: 'How its results are called.' },
  'heldOut.source': {
    label: 'Its questions',
    hint: 'As dataset:split. In GRPO it may be empty: then some of the training questions are set aside for it.',
  },
  source: { label: 'Its questions', hint: 'As dataset:split.' },
  publishEverySteps: {
    label: 'Publish every',
    hint: 'Steps between two adapters for home; empty: only the last.',
  },
  'replayFrom.stage': {
    label: 'Of the stage',
    hint: 'An earlier one: right rollouts of GRPO, or traces of rejection sampling.',
  },
  'replayFrom.share': {
    label: 'Replay',
    hint: 'Share of each batch that repeats what was learned before.',
  },
  'replay.share': { label: 'Replay', hint: 'Share of each batch that repeats what was learned before.' },
  'replay.data': { label: 'Replayed rows', hint: 'A JSONL file, or a run whose traces are home.' },
  klWeight: {
    label: 'KL to the start',
    hint: 'How dear it is to move away from what it could; empty: free.',
  },
  klRows: {
    label: 'KL taken over',
    hint: 'All rows, or only the replayed ones: new rows are meant to change.',
  },
  maxDrop: {
    label: 'Largest loss',
    hint: 'A run that loses more on these questions, beyond chance, ends with its best adapter.',
  },
  'retention.alpha': { label: 'Beyond chance', hint: 'Level of the paired test of that loss.' },
  deadlineMs: { label: 'Deadline', hint: 'It saves and exports before; empty: none.', unit: 'minutes' },
  checkpointEveryMs: {
    label: 'Checkpoint every',
    hint: 'After the next whole step; a kill costs about so much.',
    unit: 'seconds',
  },
  fsdp: { label: 'Mesh, fsdp', hint: 'Devices that share batch and weights.' },
  tp: { label: 'Mesh, tp', hint: 'Devices that share heads; divides the key/value heads.' },
  platform: {
    label: 'Must run on',
    hint: 'On anything else it ends before its first step; not set: on what there is.',
  },
  tooLong: {
    label: 'Rows that are too long',
    hint: 'With more tokens than fit: the run is refused, or they are left out of it.',
  },
  onlyForm: {
    label: 'Rows that earn by form alone',
    hint: 'Any answer to them earns all there is: refused where a source has no others, or trained on.',
  },
  rolloutEncoding: {
    label: 'Rollout file',
    hint: 'Packed ones take a tenth of the room.',
  },
  share: { label: 'Share of the time', hint: 'Of the deadline; unused time is the next stage’s.' },
  atLeast: { label: 'Gate: at least', hint: 'Below it, less the margin, the program ends here.' },
  noWorseThan: { label: 'Gate: no worse than', hint: 'A stage, or base.' },
  margin: { label: 'Gate: margin', hint: 'So much below a bound still passes.' },
  metric: {
    label: 'Measured by',
    hint: 'Of the held-out results.',
  },
  form: {
    label: 'Result',
    hint: 'Merged weights, or one adapter that is all of them.',
  },
  dtype: {
    label: 'Stored as',
    hint: 'Merged in float32, then cast once.',
  },
  what: { label: 'What', hint: 'The adapter alone, or the whole model.' },
  format: {
    label: 'Format',
    hint: 'For llama.cpp, or a Hugging Face folder.',
  },
  checkpoints: {
    label: 'What is examined',
    hint: 'The base with all its adapters, or each on the way there: the base alone, with the first of them, …',
  },
  id: { label: 'Name', hint: 'Later stages go on from it by this name.' },
  sources: {
    label: 'Its questions, or its mix of texts',
    hint: 'One a line: dataset:split, or dataset:split=500 for so many; of texts dataset=500. Empty: as the run has them.',
  },
  data: {
    label: 'Its texts',
    hint: 'A JSONL file, or a run whose traces are home; empty: those of the run.',
  },
  from: { label: 'Works on', hint: 'An earlier stage, or base.' },
  dataFrom: { label: 'Learns from', hint: 'An earlier stage of rejection sampling; empty: its own rows.' },
};

/** null for a setting that is shown otherwise, or not by itself. Places in lists do not count. */
export function wordsFor(path: SettingPath): SettingWords | null {
  const names = namesIn(path);
  return words[names.slice(-2).join('.')] ?? words[names.at(-1) ?? ''] ?? null;
}

/** The names on the path to a setting, without its places in lists. */
export const namesIn = (path: SettingPath): string[] => path.filter((part) => typeof part === 'string');
