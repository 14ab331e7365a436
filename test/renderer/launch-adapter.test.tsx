// A run that goes on from an adapter: the form shows that one's LoRA, which cannot be changed, and what the check says of it.
import './page.ts';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import type { Preset } from '../../core/contract/jobs.ts';
import { PresetFile } from '../../core/jobs/presets.ts';
import { BeginWith } from '../../renderer/jobs/begin-with.tsx';
import { notesIn } from '../../renderer/jobs/finding-notes.ts';
import { chosenBy, emptyDraft } from '../../renderer/jobs/launch-draft.ts';
import { LaunchPlan } from '../../renderer/jobs/launch-plan.tsx';
import { groupsOf } from '../../renderer/jobs/setting-fields.ts';
import { SettingsEditor } from '../../renderer/jobs/settings-editor.tsx';
import { playPreset } from '../fixtures/play-lab.ts';

const preset = { ...PresetFile.parse(playPreset), sources: [], missing: [] } as unknown as Preset;
const settings = { ...preset.settings, lora: { rank: 6, alpha: 12, targets: ['q_proj', 'v_proj'] } };

it('the plan tells of the settings that the run has', () => {
  const choice = chosenBy(emptyDraft, [preset], [], []);
  const html = renderToStaticMarkup(
    <LaunchPlan
      draft={emptyDraft}
      choice={choice}
      settings={settings}
      trainer={undefined}
      plan={null}
      wrong={[]}
      onShow={() => {}}
    />,
  );
  expect(html).toContain('6, 12');
  expect(html).toContain('2 per block');
});

it('the plan tells of little memory in megabytes', () => {
  const choice = chosenBy(emptyDraft, [preset], [], []);
  const plan = { lines: [], memoryBytes: 24.2e6, steps: 4, tokensPerStep: 1792 };
  const html = renderToStaticMarkup(
    <LaunchPlan
      {...{ draft: emptyDraft, choice, settings, plan }}
      trainer={undefined}
      wrong={[]}
      onShow={() => {}}
    />,
  );
  expect(html).toContain('25 MB of arrays a device, 1.0 GB for the process');
});

it('its block is shown and cannot be changed, and says why', () => {
  const html = renderToStaticMarkup(
    <SettingsEditor
      groups={groupsOf('grpo', settings, preset.settings)}
      settings={preset.settings}
      fixed={{ lora: 'As in the adapter.' }}
      notesOf={() => []}
      onChange={() => {}}
    />,
  );
  const [, block = ''] = /data-field="lora">(.*?)<\/section>/.exec(html) ?? [];
  expect(block).toContain('As in the adapter.');
  expect(block).toMatch(/<fieldset[^>]* disabled=""/);
  expect(block).toContain('value="6"');
  expect(html.match(/<fieldset[^>]* disabled=""/g)).toHaveLength(1);
});

it('a finding about it stands where it is chosen', () => {
  const notesOf = notesIn([{ field: 'startAdapterId', level: 'error', message: 'It has no such base.' }]);
  const html = renderToStaticMarkup(
    <BeginWith adapters={[]} value={null} notes={notesOf('startAdapterId')} onChange={() => {}} />,
  );
  expect(html).toContain('data-field="startAdapterId"');
  expect(html).toContain('It has no such base.');
});
