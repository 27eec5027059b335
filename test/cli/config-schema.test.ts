import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkConfig } from '../../src/cli/config-check.ts';
import { jsonSchema } from '../../src/cli/config-schema.ts';

test('the published schema is that of the program (node schema/generate.mjs)', () => {
  const published = readFileSync(new URL('../../schema/bmcloud.schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(published)).toEqual(JSON.parse(JSON.stringify(jsonSchema())));
});

test('every setting is described', () => {
  const { properties } = jsonSchema() as { properties: Record<string, { description?: string }> };
  const silent = Object.entries(properties).filter(([, { description }]) => description === undefined);
  expect(silent.map(([name]) => name)).toEqual(['$schema']);
});

test('amounts and times are taken as people write them', () => {
  const jobs = {
    a: {
      sources: ['/b'],
      readSize: '1M',
      retryDelay: '500ms',
      hooks: { after: { command: 'x', timeout: '2m' } },
    },
  };
  expect(checkConfig({ jobs })).toMatchObject({
    values: { jobs: { a: { readSize: 1_048_576, retryDelay: 500, hooks: { after: { timeout: 120_000 } } } } },
  });
});
