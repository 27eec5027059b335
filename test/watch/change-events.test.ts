import { mkdir, mkdtemp, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Followed, type Subscribe, systemSubscribe } from '../../src/watch/change-events.ts';

let root: string;
const at = (...parts: string[]) => join(root, ...parts);
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'bmcloud-events-')));
  await mkdir(at('a'));
  await mkdir(at('b'));
});
afterEach(() => rm(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }));

/** Subscriptions that a test looks at and speaks for. */
function fake() {
  const open = new Map<string, Parameters<Subscribe>[2]>();
  const asked: string[] = [];
  const subscribe: Subscribe = async (directory, _, on) => {
    asked.push(directory);
    open.set(directory, on);
    return async () => void open.delete(directory);
  };
  const onChange = vi.fn();
  const onTrouble = vi.fn();
  const onWorking = vi.fn();
  return { open, asked, subscribe, onChange, onTrouble, onWorking, ignored: [] };
}

describe('followed directories', () => {
  test('are those that were named last; what is no directory is left alone', async () => {
    const system = fake();
    const followed = new Followed(system);
    await writeFile(at('file'), '');
    await followed.follow([at('a'), at('file'), at('gone')]);
    expect([...system.open.keys()]).toEqual([at('a')]);
    await followed.follow([at('a'), at('b')]);
    await followed.follow([at('b')]);
    expect([...system.open.keys()]).toEqual([at('b')]);
    expect(system.asked).toEqual([at('a'), at('b')]);
    await followed.close();
    expect(system.open.size).toBe(0);
    expect(system.onTrouble).not.toHaveBeenCalled();
  });

  test('are subscribed to anew when another directory lies at the path', async () => {
    const system = fake();
    const followed = new Followed(system);
    await followed.follow([at('a')]);
    await rename(at('a'), at('old'));
    await mkdir(at('a'));
    await followed.follow([at('a')]);
    expect(system.asked).toEqual([at('a'), at('a')]);
  });

  test('that are refused are told once, count as changed, and are not asked for again', async () => {
    const system = fake();
    const asked = vi.fn(async () => {
      throw new Error('no room');
    });
    const followed = new Followed({ ...system, subscribe: asked });
    await followed.follow([at('a')]);
    await followed.follow([at('a')]);
    expect(asked).toHaveBeenCalledTimes(1);
    expect(system.onTrouble.mock.calls).toEqual([[at('a'), 'no room']]);
    expect(system.onChange).toHaveBeenCalledTimes(1);
  });

  test('that lose events count as changed each time, and are told once', async () => {
    const system = fake();
    await new Followed(system).follow([at('a')]);
    const on = system.open.get(at('a'))!;
    on.trouble('events were dropped');
    on.trouble('events were dropped');
    expect(system.onTrouble).toHaveBeenCalledTimes(1);
    expect(system.onChange).toHaveBeenCalledTimes(2);
  });
});

describe('directories in trouble', () => {
  test('work again once events have come since, at the next look; then trouble is told anew', async () => {
    const system = fake();
    const followed = new Followed(system);
    await followed.follow([at('a')]);
    const on = system.open.get(at('a'))!;
    on.trouble('events were dropped');
    await followed.follow([at('a')]);
    expect(system.onWorking).not.toHaveBeenCalled();
    on.change();
    await followed.follow([at('a')]);
    await followed.follow([at('a')]);
    expect(system.onWorking.mock.calls).toEqual([[at('a')]]);
    on.trouble('events were dropped');
    expect(system.onTrouble).toHaveBeenCalledTimes(2);
    await followed.follow([at('a')]);
    expect(system.onWorking).toHaveBeenCalledTimes(1);
  });

  test('are asked for again when another directory lies there', async () => {
    const system = fake();
    let hasRoom = false;
    const subscribe: Subscribe = async (...args) => {
      if (!hasRoom) throw new Error('no room');
      return system.subscribe(...args);
    };
    const followed = new Followed({ ...system, subscribe });
    await followed.follow([at('a')]);
    hasRoom = true;
    await followed.follow([at('a')]);
    expect(system.onWorking).not.toHaveBeenCalled();
    await rename(at('a'), at('old'));
    await mkdir(at('a'));
    await followed.follow([at('a')]);
    expect(system.onWorking.mock.calls).toEqual([[at('a')]]);
  });
});

describe('the system', () => {
  test('tells of a change below, and not of what is to be ignored', async () => {
    const onChange = vi.fn();
    const onTrouble = vi.fn();
    await mkdir(at('a', 'own'));
    const followed = new Followed({
      subscribe: systemSubscribe,
      ignored: [at('a', 'own')],
      onChange,
      onTrouble,
      onWorking: vi.fn(),
    });
    await followed.follow([at('a')]);
    await writeFile(at('a', 'own', 'file'), 'x');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(onChange).not.toHaveBeenCalled();
    await writeFile(at('a', 'file'), 'x');
    await vi.waitFor(() => expect(onChange).toHaveBeenCalled(), 10_000);
    await followed.close();
    expect(onTrouble).not.toHaveBeenCalled();
  });
});
