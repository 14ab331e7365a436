// What each setting of a run is called and what it does, in one line. By its name, and where two kinds of job mean other things by one
// name, by the name of its block too. Used by the launch form, and by wrong-value.ts.

export interface SettingWords {
  label: string;
  hint: string;
  /** For settings that are one of a few words. */
  options?: readonly string[];
}

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
  steps: { label: 'Steps', hint: 'How often the adapter is updated.' },
  promptsPerStep: { label: 'Questions a step', hint: 'Different questions that one update learns from.' },
  groupSize: {
    label: 'Answers to each',
    hint: 'A group is compared with its own mean: one answer teaches nothing.',
  },
  batchSize: { label: 'Batch', hint: 'Sequences at once.' },
  microBatch: { label: 'At once in memory', hint: 'Where a step does not fit; empty: all of it.' },
  learningRate: { label: 'Learning rate', hint: 'Its peak. Three times more can collapse a small model.' },
  warmupFraction: {
    label: 'Warm-up',
    hint: 'Share of the steps in which the rate rises, at most a quarter.',
  },
  schedule: {
    label: 'Schedule',
    hint: 'After the warm-up: falling by a cosine, or the same.',
    options: ['cosine', 'constant'],
  },
  gradClip: { label: 'Gradient norm', hint: 'Longer gradients are shortened to it.' },
  beta: { label: 'KL weight (beta)', hint: 'How dear it is to move away from the base.' },
  epsilon: {
    label: 'Clip (epsilon)',
    hint: 'How far one update may move a probability; counts with two iterations or more.',
  },
  epsilonHigh: { label: 'Clip above', hint: 'Another bound upwards (DAPO); empty: the same.' },
  klEstimator: {
    label: 'KL estimator',
    hint: 'k3 is never negative; k1 is the plain difference.',
    options: ['k1', 'k3'],
  },
  variant: {
    label: 'Form of GRPO',
    hint: 'How advantages and losses are averaged.',
    options: ['grpo', 'dr-grpo', 'gspo-token', 'dapo', 'rloo'],
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
  klStop: { label: 'End above KL', hint: 'The last adapter below it goes out; empty: never.' },
  maxTokens: {
    label: 'Tokens, question and answer',
    hint: 'Shorter rows are padded to it, longer ones refused.',
  },
  packing: { label: 'Pack rows', hint: 'Several short rows in one sequence, none of which sees another.' },
  algorithm: {
    label: 'Algorithm',
    hint: 'DPO compares with the base; ORPO needs none.',
    options: ['dpo', 'orpo'],
  },
  lambdaOrpo: { label: 'Weight of the odds ratio', hint: 'ORPO only.' },
  labelSmoothing: { label: 'Label smoothing', hint: 'Share of pairs that may be the wrong way round.' },
  maxPromptTokens: { label: 'Question tokens', hint: 'Longer ones are refused before the start.' },
  maxCompletionTokens: { label: 'Answer tokens', hint: 'What is longer is cut and has no answer.' },
  temperature: { label: 'Temperature', hint: 'How much the draws differ.' },
  topP: { label: 'Top-p', hint: '1 leaves the whole vocabulary.' },
  topK: { label: 'Top-k', hint: 'Only so many likeliest tokens; empty: all.' },
  samplesPerPrompt: { label: 'Answers to each', hint: 'Draws for each question.' },
  'keep.perPrompt': { label: 'Kept of each', hint: 'The best so many answers become traces.' },
  'keep.minTotal': { label: 'Kept from reward', hint: 'Only answers that earn so much; empty: any.' },
  'keep.correctOnly': { label: 'Only right ones', hint: 'An answer that is not right becomes no trace.' },
  everySteps: { label: 'Examined every', hint: 'Steps between two looks at held-out questions.' },
  maxRows: { label: 'Examined questions', hint: 'A seeded choice; empty: all.' },
  rows: { label: 'Rows set aside', hint: 'Never trained on; their loss is told.' },
  set: { label: 'Name of the set', hint: 'How its results are called.' },
  source: {
    label: 'Its questions',
    hint: 'As dataset:split; empty: some of the training questions are set aside.',
  },
  publishEverySteps: {
    label: 'Publish every',
    hint: 'Steps between two adapters for home; empty: only the last.',
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
    options: ['all', 'replay'],
  },
  maxDrop: {
    label: 'Largest loss',
    hint: 'A run that loses more on these questions, beyond chance, ends with its best adapter.',
  },
  'retention.alpha': { label: 'Beyond chance', hint: 'Level of the paired test of that loss.' },
  deadlineMs: { label: 'Deadline, ms', hint: 'It saves and exports before; empty: none.' },
  checkpointEveryMs: { label: 'Checkpoint every, ms', hint: 'What a kill can cost at most.' },
  fsdp: { label: 'Mesh, fsdp', hint: 'Devices that share batch and weights.' },
  tp: { label: 'Mesh, tp', hint: 'Devices that share heads; divides the key/value heads.' },
  onlyForm: {
    label: 'Rows that earn by form alone',
    hint: 'Any answer to them earns all there is: refused where a source has no others, or trained on.',
    options: ['refuse', 'train'],
  },
  rolloutEncoding: {
    label: 'Rollout file',
    hint: 'Packed ones take a tenth of the room.',
    options: ['plain', 'gzip'],
  },
  share: { label: 'Share of the time', hint: 'Of the deadline; unused time is the next stage’s.' },
  atLeast: { label: 'Gate: at least', hint: 'Below it the program ends here.' },
  noWorseThan: { label: 'Gate: no worse than', hint: 'A stage, or base.' },
  margin: { label: 'Gate: margin', hint: 'So much below is still no worse.' },
  metric: {
    label: 'Measured by',
    hint: 'Of the held-out results.',
    options: ['correct', 'format', 'mean', 'distinct'],
  },
  form: {
    label: 'Result',
    hint: 'Merged weights, or one adapter that is all of them.',
    options: ['merged', 'adapter'],
  },
  dtype: {
    label: 'Stored as',
    hint: 'Merged in float32, then cast once.',
    options: ['float32', 'bfloat16', 'float16'],
  },
  what: { label: 'What', hint: 'The adapter alone, or the whole model.', options: ['adapter', 'model'] },
  format: {
    label: 'Format',
    hint: 'For llama.cpp, or a Hugging Face folder.',
    options: ['gguf-lora', 'gguf', 'hf'],
  },
  from: { label: 'Works on', hint: 'An earlier stage, or base.' },
  dataFrom: { label: 'Learns from', hint: 'An earlier stage of rejection sampling; empty: its own rows.' },
};

/** null for a setting that is shown otherwise, or not by itself. */
export function wordsFor(path: readonly string[]): SettingWords | null {
  const name = path.at(-1) ?? '';
  return words[path.slice(-2).join('.')] ?? words[name] ?? null;
}

/** In the order in which they are shown. */
const groups: Readonly<Record<string, string>> = {
  training: 'Training',
  lora: 'Adapter',
  rollout: 'Sampling',
  generation: 'Answers to held-out questions',
  keep: 'What is kept',
  heldOut: 'Held-out questions',
  validation: 'Held-out loss',
  guard: 'Guard against forgetting',
  gate: 'Gate',
  best: 'Best checkpoint',
  limits: 'Limits',
  mesh: 'Machine',
};

export function groupOf(block: string): string {
  return groups[block] ?? 'Further';
}

const order = [...Object.values(groups), 'Further'];

/** Place of a group on the page. */
export function placeOfGroup(title: string): number {
  return order.indexOf(title);
}
