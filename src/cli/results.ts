import type { BmcloudError } from '../errors.ts';
import type { OutputMode } from './arguments.ts';
import type { Screen } from './environment.ts';
import { failureJson } from './failure.ts';
import { toJson } from './json.ts';

/** Many results of one kind, which are not all held in memory. */
export interface Listing<T> {
  /** The name of one, as in the lines of `--json-stream`. */
  one: string;
  /** The name of all, as in the object of `--json`. */
  many: string;
  values: AsyncIterable<T> | Iterable<T>;
  /** One line for people, without its end. */
  line: (value: T) => string;
}

/** Writes results to stdout: for people, or for programs. */
export interface Results {
  /** The one result of a command; `text` says the same to people. */
  object(result: object, text: () => string): Promise<void>;
  /** Returns how many there were. */
  list<T>(listing: Listing<T>): Promise<number>;
  /** The result when a command fails; false: the error is not for stdout. */
  failure(error: BmcloudError): Promise<boolean>;
}

export function resultsIn(mode: OutputMode, screen: Screen): Results {
  if (mode === 'json') return jsonResults(screen);
  return mode === 'json-stream' ? streamResults(screen) : textResults(screen);
}

function textResults(screen: Screen): Results {
  return {
    object: (_, text) => screen.write(text()),
    list: (listing) => forEach(listing, screen, (value) => screen.write(`${listing.line(value)}\n`)),
    failure: () => Promise.resolve(false),
  };
}

/** One object. A list is written as it comes; an error in the middle of it becomes a member behind it. */
function jsonResults(screen: Screen): Results {
  let begun = false;
  return {
    object: (result) => screen.write(`${toJson(result)}\n`),
    list: async (listing) => {
      const count = await forEach(listing, screen, async (value) => {
        await screen.write((begun ? ',\n' : `{"${listing.many}":[\n`) + toJson(value));
        begun = true;
      });
      await screen.write(begun ? '\n]}\n' : `{"${listing.many}":[]}\n`);
      begun = false;
      return count;
    },
    failure: async (error) => {
      const member = `"error":${toJson(failureJson(error))}}\n`;
      await screen.write(begun ? `\n],${member}` : `{${member}`);
      return true;
    },
  };
}

function streamResults(screen: Screen): Results {
  const line = (type: string, value: unknown) => screen.write(`${toJson({ type, [type]: value })}\n`);
  return {
    object: (result) => line('result', result),
    list: async (listing) => {
      const count = await forEach(listing, screen, (value) => line(listing.one, value));
      await line('result', { count });
      return count;
    },
    failure: async (error) => {
      await line('error', failureJson(error));
      return true;
    },
  };
}

async function forEach<T>(
  listing: Listing<T>,
  screen: Screen,
  write: (value: T) => Promise<void>,
): Promise<number> {
  let count = 0;
  for await (const value of listing.values) {
    // Nobody reads any more: no reason to go on fetching.
    if (screen.closed) break;
    await write(value);
    count++;
  }
  return count;
}
