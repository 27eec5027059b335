import { expect, test, vi } from 'vitest';
import { systemViews } from '../../src/upload/system.ts';

const calls: string[] = [];
vi.mock('../../src/shadow/system.ts', () => ({
  systemShadows: () => ({
    removeLeftovers: async () => void calls.push('removeLeftovers'),
    openFor: async () => void calls.push('openFor'),
    pathInShadow: async () => void calls.push('pathInShadow'),
    close: async () => void calls.push('close'),
  }),
}));

test('the first that needs a shadow clears away what killed pushes of any job left', async () => {
  calls.length = 0;
  const views = systemViews(() => {});
  const path = Buffer.from('/a');
  await Promise.all([views.openFor([path]), views.pathInShadow(path)]);
  await views.pathInShadow(path);
  await views.close();
  expect(calls.filter((call) => call === 'removeLeftovers')).toHaveLength(1);
  expect(calls[0]).toBe('removeLeftovers');
  expect(calls.at(-1)).toBe('close');
});

test('a push that needs none looks for nothing', async () => {
  calls.length = 0;
  await systemViews(() => {}).close();
  expect(calls).toEqual([]);
});
