import { usage } from './failure.ts';

/*
 * Flags and arguments that name a place. An empty one is a variable of a script that was not set, and would mean the working directory.
 */

interface Named {
  name: string;
}

/** @throws `usage` */
export const placeFlag = {
  parse: async (text: string, _: unknown, { name }: Named) => notEmpty(text, `--${name}`),
};

/** @throws `usage` */
export const placeArgument = {
  parse: async (text: string, _: unknown, { name }: Named) => notEmpty(text, name.toUpperCase()),
};

function notEmpty(text: string, what: string): string {
  if (text !== '') return text;
  throw usage(`${what} is empty`, 'Name a place; a variable that is not set leaves nothing');
}
