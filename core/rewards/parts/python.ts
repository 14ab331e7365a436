// A person's own reward function in Python, with the signature of TRL's: `fn(prompts, completions, **columns)`. It runs in the
// sandbox before scoring; here its number is read.
import { definePart } from './part.ts';

export const pythonPart = definePart({
  fn: 'python',
  explanation:
    'Your own Python reward function, run in the sandbox: fn(prompts, completions, **columns) -> list of numbers.',
  range: ({ min, max }) => ({ min, max }),
  params: {
    source: {
      type: 'text',
      default: '',
      maxLength: 100_000,
      explanation: 'The Python source that defines the function. Only the standard library is there.',
    },
    name: {
      type: 'text',
      default: 'reward',
      maxLength: 100,
      explanation: 'Name of the function in the source.',
    },
    min: {
      type: 'number',
      default: 0,
      min: -1,
      max: 1,
      explanation: 'Lowest score that the function returns.',
    },
    max: {
      type: 'number',
      default: 1,
      min: -1,
      max: 1,
      explanation: 'Highest score that the function returns.',
    },
  },
  object({ source, name, min, max }) {
    if (source.trim() === '') return 'parameter "source" is empty. Write a Python function.';
    if (!/^[A-Za-z_]\w*$/.test(name))
      return `parameter "name" must be the name of a Python function, not "${name}".`;
    if (!new RegExp(`^def[ \\t]+${name}[ \\t]*\\(`, 'm').test(source))
      return `the source defines no function "${name}". Write "def ${name}(prompts, completions, **kwargs):".`;
    return min < max ? null : `parameter "min" (${min}) must be below "max" (${max}).`;
  },
  needs: (_row, _parsed, { source, name }) => ({ python: { source, name } }),
  score(_row, _parsed, { name }, { part, evidence }) {
    const result = evidence.python?.[part];
    if (result === undefined)
      throw new Error(
        `the function ${name} was not run. Running it needs the sandbox (Deno and Pyodide), which is not available here`,
      );
    if (result === null) return { score: null, why: `${name} returned None.`, spans: [] };
    if (typeof result === 'object') throw new Error(result.error);
    return { score: result, why: `${name} returned ${result}.`, spans: [] };
  },
});
