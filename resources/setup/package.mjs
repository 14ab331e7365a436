// npm run package [-- arguments of electron-builder]: sets up, then packs the app with the Electron that the setup found, offline.
import { dirname } from 'node:path';
import { declaredVersion, electronBinary } from './electron-binary.mjs';
import { inRoot, node24Path, rootFolder } from './paths.mjs';
import { handOver } from './processes.mjs';
import { runSetup } from './run-setup.mjs';

if (!(await runSetup('window'))) process.exitCode = 1;
else {
  const binary = electronBinary();
  if (binary === null) throw new Error('the setup succeeded, but no Electron binary is there');
  console.log(
    `Packing with Electron ${binary.version}${binary.origin === 'stand-in' ? ' (the stand-in)' : ''}.`,
  );
  const version = binary.origin === 'own' ? declaredVersion() : binary.version;
  const fixed = [
    `-c.electronDist=${dirname(binary.path)}`,
    `-c.electronVersion=${version}`,
    '--publish',
    'never',
  ];
  const wanted = process.argv.slice(2);
  const builder = inRoot('node_modules', 'electron-builder', 'out', 'cli', 'cli.js');
  const args = [builder, ...(wanted.length > 0 ? wanted : ['--dir']), ...fixed];
  process.exitCode = await handOver(node24Path, args, { cwd: rootFolder });
}
