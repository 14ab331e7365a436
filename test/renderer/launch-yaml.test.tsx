// The card with the run as YAML: what it promises of a text that leaves something out.
import './page.ts';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { LaunchYaml } from '../../renderer/jobs/launch-yaml.tsx';

it('says that settings are whole, and that not all of them may be left out', () => {
  const nothing = () => {};
  const html = renderToStaticMarkup(
    <LaunchYaml written="" current presets={[]} onChange={nothing} onProblem={nothing} />,
  );
  expect(html).toContain('What is left out is as in the preset; but settings are whole');
  expect(html).toContain('one without a default has to be said');
});
