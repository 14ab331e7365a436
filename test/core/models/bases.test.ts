// Base models come in: the tiny layout, a bare GGUF, and files that must not.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tempFolder } from '../../fixtures/temp-folder.ts';
import { context, type Lab, openLab } from './lab.ts';
import { baseTensors, sha256, small, writeModelGguf, writeTinyFolder } from './tiny-model.ts';

let lab: Lab;
beforeAll(() => {
  lab = openLab();
});
afterAll(() => lab.close());

describe('a folder of the tiny layout', () => {
  it('keeps its id, and gives the trainer a folder and inference a file', async () => {
    const folder = join(tempFolder(), 'tiny');
    const { manifest } = await writeTinyFolder(folder);
    const model = await lab.models.add({ path: folder }, context);
    expect(model).toMatchObject({
      id: 'tiny-gemma2',
      kind: 'base',
      identity: manifest.identity,
      template: 'tiny-plain@1',
      trainable: true,
      licence: 'Apache-2.0',
      contextLength: 512,
      parameters: manifest.parameters,
    });
    const base = await lab.models.base('tiny-gemma2');
    expect((await readdir(base.path!)).sort()).toEqual(Object.keys(manifest.files).sort());
    expect(sha256(readFileSync(join(base.path!, 'model.safetensors')))).toBe(
      manifest.files['model.safetensors']?.sha256,
    );
    expect(base).toMatchObject({ identity: manifest.identity, stopTokens: [1, 5], family: 'gemma' });
    expect((await stat(base.ggufPath)).size).toBe(manifest.files['tiny-gemma2.gguf']?.bytes);
    // Somebody has removed a file of it.
    await rm(join(base.path!, 'model.safetensors'));
    expect((await lab.models.base('tiny-gemma2')).path).toBe(base.path);
    expect(sha256(readFileSync(join(base.path!, 'model.safetensors')))).toBe(
      manifest.files['model.safetensors']?.sha256,
    );
  });

  it('is one model when it is added twice, and another one when its weights differ', async () => {
    const [first, second] = [join(tempFolder(), 'tiny'), join(tempFolder(), 'tiny')];
    await writeTinyFolder(first);
    const { manifest } = await writeTinyFolder(second, small, 99);
    expect((await lab.models.add({ path: first }, context)).id).toBe('tiny-gemma2');
    const other = await lab.models.add({ path: second }, context);
    expect(other.id).toBe(`tiny-gemma2-${manifest.gguf.sha256.slice(0, 8)}`);
  });

  it('is another model when only its GGUF differs: no base is written over', async () => {
    const ids: string[] = [];
    for (const name of ['one', 'two', 'three']) {
      const folder = join(tempFolder(), 'tiny');
      const { manifest, tensors } = await writeTinyFolder(folder, small, 31, 'same-weights');
      const path = join(folder, 'same-weights.gguf');
      await writeModelGguf(path, small, tensors, { metadata: { 'general.name': { string: name } } });
      const bytes = readFileSync(path);
      const gguf = { sha256: sha256(bytes), bytes: bytes.length };
      const files = { ...manifest.files, 'same-weights.gguf': gguf };
      const changed = { ...manifest, files, gguf: { ...manifest.gguf, sha256: gguf.sha256 } };
      writeFileSync(join(folder, 'manifest.json'), JSON.stringify(changed));
      const { id } = await lab.models.add({ path: folder }, context);
      expect(sha256(readFileSync((await lab.models.base(id)).ggufPath))).toBe(gguf.sha256);
      ids.push(id === 'same-weights' ? id : id.replace(gguf.sha256.slice(0, 8), 'own'));
    }
    expect(ids).toEqual(['same-weights', 'same-weights-own', 'same-weights-own']);
  });

  it('is refused when a file is not the one of the manifest; nothing is stored', async () => {
    const folder = join(tempFolder(), 'tiny');
    await writeTinyFolder(folder, small, 5, 'other');
    writeFileSync(join(folder, 'config.json'), '{}');
    const before = lab.models.list({}, context);
    await expect(lab.models.add({ path: folder }, context)).rejects.toMatchObject({
      code: 'damaged',
      message: expect.stringMatching(/^config\.json is not the file that the manifest of .* names/),
    });
    expect(lab.models.list({}, context)).toEqual(before);
  });

  it('is refused without a manifest', async () => {
    await expect(lab.models.add({ path: tempFolder() }, context)).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(/ holds no manifest\.json/),
    });
  });
});

it.runIf(process.platform === 'linux')('what is neither a file nor a folder is refused unread', async () => {
  const pipe = join(tempFolder(), 'pipe.gguf');
  execFileSync('mkfifo', [pipe]);
  await expect(lab.models.add({ path: pipe }, context)).rejects.toMatchObject({
    code: 'bad-input',
    message: expect.stringMatching(/pipe\.gguf is neither a file nor a folder/),
  });
});

describe('a bare GGUF', () => {
  const gguf = async (overrides = {}, seed = 7) => {
    const path = join(tempFolder(), 'model.gguf');
    await writeModelGguf(path, small, baseTensors(small, seed), overrides);
    return path;
  };

  it('is named by its file, and is trained on as it is, dequantised', async () => {
    const path = await gguf();
    const model = await lab.models.add({ path, name: 'My model', licence: 'mine' }, context);
    expect(model).toMatchObject({
      id: `my-model-${sha256(readFileSync(path)).slice(0, 8)}`,
      identity: sha256(readFileSync(path)),
      architecture: 'gemma2',
      template: 'four-step@1',
      licence: 'mine',
      trainable: true,
    });
    expect(await lab.models.add({ path: await gguf({}, 6) }, context)).toMatchObject({ name: 'model' });
    const base = await lab.models.base(model.id);
    expect(base).toMatchObject({ identity: model.identity, family: 'gemma', stopTokens: [1, 5] });
    expect(sha256(readFileSync(base.path ?? ''))).toBe(model.identity);
    expect(await lab.models.geometry(model.id)).toMatchObject({
      architecture: 'gemma2',
      layers: small.layers,
      context: 512,
    });
    expect(lab.models.resolveBase('my-model')).toBe(model.id);
    expect(() => lab.models.resolveBase('my')).not.toThrow();
    expect(() => lab.models.resolveBase('your-model')).toThrow(/no model "your-model"/);
    expect(lab.models.loadable(model.id, null)).toMatchObject({ adapters: [], contextLength: 512 });
  });

  it.each([
    ['<|im_start|>user', 'chatml'],
    ['', 'none'],
  ])('marks turns as its chat template %j says', async (template, family) => {
    const path = await gguf(
      { metadata: { 'tokenizer.chat_template': { string: template } } },
      8 + family.length,
    );
    const { id } = await lab.models.add({ path }, context);
    expect((await lab.models.base(id)).family).toBe(family);
  });

  it.each<[string, () => Promise<string>, string, RegExp]>([
    [
      'a missing file',
      async () => '/nowhere/x.gguf',
      'not-found',
      /^There is no file or folder \/nowhere\/x\.gguf/,
    ],
    [
      'another kind of file',
      async () => {
        const path = join(tempFolder(), 'a.gguf');
        writeFileSync(path, 'PK\u0003\u0004 and more');
        return path;
      },
      'damaged',
      /is not a GGUF file: it begins with "PK/,
    ],
    [
      'a cut file',
      async () => {
        const path = await gguf();
        writeFileSync(path, readFileSync(path).subarray(0, -64));
        return path;
      },
      'damaged',
      /model\.gguf is cut off: "output_norm\.weight" ends at byte/,
    ],
    [
      'an unknown architecture',
      () => gguf({ architecture: 'gemma99' }),
      'damaged',
      /unknown model architecture: 'gemma99'/,
    ],
    [
      'a header that kills whoever loads it',
      () => gguf({ metadata: { 'gemma2.attention.head_count': { u32: 0 } } }),
      'damaged',
      /cannot load|died \(SIGABRT\) while it loaded model\.gguf: the file is probably damaged/,
    ],
    [
      'an adapter',
      () => gguf({ metadata: { 'general.type': { string: 'adapter' } } }),
      'bad-input',
      /but an adapter for one/,
    ],
  ])('refuses %s and stores nothing', async (_, make, code, message) => {
    const before = lab.models.list({}, context);
    const path = await make();
    await expect(lab.models.add({ path }, context)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    expect(lab.models.list({}, context)).toEqual(before);
    // The next request is served, whatever happened to the process.
    const sound = await gguf({}, 21);
    expect((await lab.models.add({ path: sound }, context)).state).toBe('ready');
  });

  it('refuses a prompt template that does not exist', async () => {
    await expect(
      lab.models.add({ path: await gguf({}, 22), template: 'nine-step@9' }, context),
    ).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(/^template: There is no prompt template "nine-step@9"/),
    });
  });
});
