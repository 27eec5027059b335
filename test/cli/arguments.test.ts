import { describe, expect, test } from 'vitest';
import { outputModeOf, refuseBooleanValues, unknownCommand } from '../../src/cli/arguments.ts';

const flags = {
  delete: { type: 'boolean', char: 'd' },
  to: { type: 'option', char: 't' },
} as const;

describe('a value for a flag that takes none', () => {
  test.each([[['--delete=false']], [['-d=no']], [['a', '--to', 'b', '--delete=']]])(
    '%j is refused',
    (argv) => {
      expect(() => refuseBooleanValues(argv, flags)).toThrow(/takes no value/);
    },
  );

  test.each([
    [['--delete', '--to=x']],
    [['--to', '--delete=false']], // the value of --to
    [['--', '--delete=false']], // an argument
    [['--unknown=1']], // the parser's to refuse
  ])('%j is none', (argv) => {
    expect(() => refuseBooleanValues(argv, flags)).not.toThrow();
  });
});

test('the output mode is known before parsing', () => {
  expect(outputModeOf(['push', '--json'])).toBe('json');
  expect(outputModeOf(['--json', '--json-stream'])).toBe('json-stream');
  expect(outputModeOf(['cat', '--', '--json'])).toBe('text');
});

test('an unknown command names the nearest', () => {
  expect(unknownCommand('psuh:docs', ['push', 'key add']).message).toBe(
    'Unknown command "psuh docs"; did you mean "bmcloud push"?',
  );
  expect(unknownCommand('key:ad', ['push', 'key add']).message).toMatch(/did you mean "bmcloud key add"/);
});
