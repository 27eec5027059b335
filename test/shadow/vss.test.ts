import { describe, expect, test } from 'vitest';
import type { Volume } from '../../src/shadow/provider.ts';
import { type VolumeShadowCopies, vssShadows } from '../../src/shadow/vss.ts';

const bytes = (path: string): Uint8Array => Buffer.from(path);
const DEVICE = '\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy';

/** Volumes C: and D:, and one mounted at C:\Data, which goes with C:. */
function copies() {
  const calls: { volumes: readonly string[]; timeoutMs: number }[] = [];
  let open = 0;
  const made: VolumeShadowCopies = {
    async createShadow(volumes, { timeoutMs }) {
      calls.push({ volumes, timeoutMs });
      open++;
      const all = volumes.flatMap((volume) => (/^c:\\$/i.test(volume) ? [volume, 'C:\\Data\\'] : [volume]));
      return {
        shadows: all.map((volume, i) => ({ volume, device: `${DEVICE}${i + 1}` })),
        warnings: ['a writer did not answer'],
        close: async () => void open--,
      };
    },
    async volumeOf(path) {
      if (path.startsWith('\\\\')) return undefined;
      return /^c:\\data(\\|$)/i.test(path) ? `${path.slice(0, 7)}\\` : path.slice(0, 3);
    },
  };
  return { provider: vssShadows(made), calls, open: () => open };
}

async function shadowOf(...volumes: string[]) {
  const { provider } = copies();
  const found = await Promise.all(volumes.map((volume) => provider.supports(bytes(volume))));
  return await provider.open(
    found.flatMap((volume) => volume ?? []),
    { timeoutMs: 5 },
  );
}

describe('Windows shadow copies, by a stand-in', () => {
  test('one volume is one, however it is spelt; a share has none', async () => {
    const { provider } = copies();
    const paths = ['C:\\a', 'c:\\b', '\\\\?\\C:\\c'];
    const volumes = await Promise.all(paths.map((path) => provider.supports(bytes(path))));
    expect(new Set(volumes)).toEqual(new Set([{ id: 'c:\\', root: 'C:\\', inside: '/' } satisfies Volume]));
    expect(await provider.supports(bytes('\\\\server\\share\\x'))).toBeUndefined();
    expect(await provider.leftovers()).toEqual([]);
  });

  test.each([
    ['C:\\Users\\a.txt', `${DEVICE}1\\Users\\a.txt`],
    ['c:\\Users\\Ä é\\a.txt', `${DEVICE}1\\Users\\Ä é\\a.txt`],
    ['\\\\?\\C:\\Users\\a', `${DEVICE}1\\Users\\a`],
    // Without the last `\` this would open the device.
    ['C:\\', `${DEVICE}1\\`],
    ['C:', `${DEVICE}1\\`],
    ['c:\\dATA\\x\\..\\y', `${DEVICE}2\\x\\..\\y`],
    ['C:\\Data', `${DEVICE}2\\`],
    ['C:\\Database\\x', `${DEVICE}1\\Database\\x`],
    ['D:\\x', `${DEVICE}3\\x`],
    ['E:\\x', undefined],
    ['\\\\server\\c:\\x', undefined],
  ])('%s -> %s', async (path, mapped) => {
    // The set of C: and D: has C:\Data in the middle.
    const found = (await shadowOf('C:\\', 'D:\\')).map(bytes(path));
    expect(found && Buffer.from(found).toString()).toBe(mapped);
  });

  test.each(['C:\\Users\\', '\\\\?\\C:\\Users\\'])(
    'a name that is no text stays one: below %s',
    async (directory) => {
      const name = Buffer.of(0xed, 0xa0, 0x80, 0x2e, 0x74);
      const found = (await shadowOf('C:\\')).map(Buffer.concat([bytes(directory), name]));
      expect(found).toEqual(Buffer.concat([bytes(`${DEVICE}1\\Users\\`), name]));
    },
  );

  test('all volumes are of one set; what was mounted in one is told, and warnings', async () => {
    const { provider, calls, open } = copies();
    const volumes = await Promise.all(['C:\\x', 'D:\\x'].map((path) => provider.supports(bytes(path))));
    const shadow = await provider.open(volumes as Volume[], { timeoutMs: 5 });
    expect(calls).toEqual([{ volumes: ['C:\\', 'D:\\'], timeoutMs: 5 }]);
    expect(shadow.volumes.map(({ root }) => root).sort()).toEqual(['C:\\', 'C:\\Data\\', 'D:\\']);
    expect(shadow.warnings).toEqual(['a writer did not answer']);
    await shadow.close();
    expect(open()).toBe(0);
  });

  test('a signal while it was made leaves none', async () => {
    const { provider, open } = copies();
    const volume = (await provider.supports(bytes('C:\\x'))) as Volume;
    const stop = new AbortController();
    const opening = provider.open([volume], { timeoutMs: 5, signal: stop.signal });
    stop.abort();
    await expect(opening).rejects.toThrow('Interrupted');
    expect(open()).toBe(0);
  });
});
