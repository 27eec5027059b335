import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { doctor } from '../src/doctor.ts';
import { makeRepository, type TestRepository } from './fixtures/repository.ts';

let made: TestRepository;
beforeEach(async () => {
  made = await makeRepository();
});
afterEach(async () => await made.cleanup());

const options = () => ({
  location: made.location,
  secret: async () => made.secret,
  directories: made.directories,
  env: {},
});

test('a healthy local repository', async () => {
  const findings = await doctor(options());
  expect(findings.filter(({ status }) => status !== 'ok')).toEqual([]);
  expect(findings.map(({ check }) => check)).toContain('Throughput');
});

test('a repository that is not there is a finding with a hint', async () => {
  await rm(made.location, { recursive: true });
  const finding = (await doctor(options())).find(({ check }) => check === 'Repository');
  expect(finding).toMatchObject({ status: 'problem', hint: expect.any(String) });
});
