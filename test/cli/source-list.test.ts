import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ListPlaces, pathsOf, withoutSources, withSources } from '../../src/cli/source-list.ts';
import { isWindows } from '../fixtures/platform.ts';

const places: ListPlaces = {
  cwd: '/home/ann/work',
  directory: '/etc/bmcloud',
  windows: false,
  find: async () => undefined,
};
const onWindows: ListPlaces = { ...places, cwd: 'C:\\Users\\ann', directory: 'C:\\Config', windows: true };

describe('a source that is there in another spelling', () => {
  const before = ['../data/', '~/docs', '/srv/./x/..'];
  const spelled = ['/etc/data', `${os.homedir()}/docs`, '/srv'];

  test('is not added, and said', () => {
    expect(withSources(before, [...spelled, '/new', '/new', '/srv'], places)).toEqual({
      sources: [...before, '/new'],
      known: spelled.map((one, i) => ({ path: one, as: before[i] })),
    });
  });

  test('is removed', async () => {
    expect(await withoutSources(before, ['/etc/x/../data/', '../../../srv'], places)).toEqual(['~/docs']);
    expect(await withoutSources(['data/*', '/a'], ['data/*'], places)).toEqual(['/a']);
    await expect(withoutSources(before, ['data'], places)).rejects.toMatchObject({ code: 'usage' });
  });

  test.skipIf(isWindows)('is removed by a ~ that the shell left', async () => {
    expect(await withoutSources(before, ['~/docs/'], places)).toEqual(['../data/', '/srv/./x/..']);
  });

  test('on Windows in upper and lower case, and with either separator', async () => {
    const list = ['D:\\Photos', 'data'];
    expect(withSources(list, ['d:/photos/', 'C:\\CONFIG\\Data', 'D:\\photos2'], onWindows)).toEqual({
      sources: [...list, 'D:\\photos2'],
      known: [
        { path: 'd:/photos/', as: 'D:\\Photos' },
        { path: 'C:\\CONFIG\\Data', as: 'data' },
      ],
    });
    expect(await withoutSources(list, ['..\\..\\config\\DATA\\'], onWindows)).toEqual(['D:\\Photos']);
    expect(withSources(['/A'], ['/a'], places).known).toEqual([]);
  });
});

test('a pattern stands for what it finds', async () => {
  const find = async (glob: string, cwd: string) => {
    if (glob === 'p*') return [path.resolve(cwd, 'p2'), path.resolve(cwd, 'p1')];
    return glob.includes('*') ? [] : undefined;
  };
  const [p1, p2, a] = ['p1', 'p2', 'a'].map((name) => path.resolve(places.cwd, name)) as [
    string,
    string,
    string,
  ];
  expect(await pathsOf(['p*', 'a'], { ...places, find })).toEqual([p1, p2, a]);
  await expect(pathsOf(['q*'], { ...places, find })).rejects.toMatchObject({
    code: 'usage',
    message: '"q*" finds nothing',
  });
  expect(await withoutSources([p1, a], ['p*'], { ...places, find })).toEqual([a]);
});
