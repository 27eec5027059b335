import { expect, test } from 'vitest';
import { makeRepository } from '../fixtures/repository.ts';

test('what is found in the index is told to the operation that reads it, not to the one before', async () => {
  const made = await makeRepository();
  const { repository } = made;
  try {
    const damage = (id: string) =>
      repository.store.put(`index/${id.repeat(16)}`, Buffer.from('this is no index'));
    const [first, second]: string[][] = [[], []];
    await damage('ab');
    await repository.attended({ onEvent: ({ type }) => first?.push(type) }).refreshKnown();
    expect(first).toEqual(['warning']);
    await damage('cd');
    await repository.attended({ onEvent: ({ type }) => second?.push(type) }).refreshKnown();
    expect({ first, second }).toEqual({ first: ['warning'], second: ['warning', 'warning'] });
  } finally {
    await made.cleanup();
  }
});
