// npm run setup [-- --for window|terminal|test] [--build]: the setup alone. Without --for it prepares everything, tests included.
import { parseArgs } from 'node:util';
import { buildAll } from './builds.mjs';
import { runSetup } from './run-setup.mjs';
import { SetupError } from './step.mjs';

const { values } = parseArgs({
  options: { for: { type: 'string', default: 'test' }, build: { type: 'boolean', default: false } },
});
const purpose = values.for;
if (purpose !== 'window' && purpose !== 'terminal' && purpose !== 'test') {
  console.error(`--for ${purpose}: must be window, terminal or test`);
  process.exit(2);
}

if (values.build) {
  try {
    await buildAll((line) => console.log(line));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`${error.message}\n${error.why}\n${error.next}`);
    process.exitCode = 1;
  }
} else if (!(await runSetup(purpose))) process.exitCode = 1;
