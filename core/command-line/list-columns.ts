// Which columns the longer lists show in a terminal, by verb; the rest is in `get` and in `--json`. Used by printers.ts.

export const listColumns: Readonly<Record<string, readonly string[]>> = {
  'datasets list': ['id', 'rowCount', 'rejectCount', 'licence', 'importedAt', 'locked'],
  'datasets rows': ['id', 'question', 'answer', 'domain', 'split', 'flags'],
  'evals list': ['id', 'name', 'state', 'done', 'total', 'accuracy'],
  'evals completions': ['index', 'question', 'gold', 'answer', 'verdict', 'strict', 'tokens', 'text'],
  'jobs list': ['id', 'name', 'state', 'phase', 'made', 'totalSteps', 'startedAt'],
  'jobs presets': ['id', 'name', 'summary', 'baseId', 'sourceId'],
  'jobs rollouts': ['step', 'group', 'sample', 'question', 'verdict', 'total', 'advantage', 'completion'],
  'jobs prompts': ['rowId', 'question', 'steps', 'rollouts', 'firstMean', 'lastMean'],
  'jobs rolloutsOfPrompt': ['step', 'sample', 'verdict', 'total', 'advantage', 'completion'],
  'jobs metrics': ['name', 'values'],
  'jobs evals': ['moment', 'set', 'of', 'n', 'mean', 'right', 'format', 'distinct', 'copied'],
  'jobs health': ['level', 'stage', 'title', 'message', 'since'],
  'jobs artifacts': ['name', 'moment', 'kind', 'score', 'state', 'modelId', 'best', 'path'],
  'models list': ['id', 'kind', 'name', 'run', 'state', 'parentId', 'bytes', 'createdAt'],
  'rewards suites': ['name', 'version', 'shipped', 'hash', 'min', 'max', 'note'],
};
