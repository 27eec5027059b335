import { parentPort, workerData } from 'node:worker_threads';
import { BmcloudError, messageOf } from '../errors.ts';
import { Budget } from '../flow/budget.ts';
import type { Verdict } from '../repository/known-chunks.ts';
import { Lane } from './lane.ts';
import type { FromLane, ToLane } from './lanes.ts';
import { packResults } from './read-results.ts';
import type { LanePort, LaneSettings } from './tasks.ts';

/*
 * A lane in a thread of its own: the same `Lane`, its port turned into messages.
 */

/** Sealed bytes that were posted and not yet taken up by the store. */
const POSTED_BYTES = 2 * 1024 * 1024;

const port = parentPort;
if (!port) throw new BmcloudError('internal', 'A lane was started outside a thread');

const answers = new Map<number, (verdicts: Verdict[]) => void>();
const budget = new Budget(POSTED_BYTES);
let questions = 0;

const lanePort: LanePort = {
  ask: (question) =>
    new Promise((resolve) => {
      const id = questions++;
      answers.set(id, resolve);
      post({ type: 'ask', id, question });
    }),
  packBegins: (pack) => post({ type: 'begin', pack }),
  piece: async (pack, bytes) => {
    const { length } = bytes;
    post({ type: 'piece', pack, bytes }, ownsItsMemory(bytes) ? [bytes.buffer as ArrayBuffer] : []);
    await budget.take(length);
  },
  packEnds: (pack, table) => post({ type: 'end', pack, table }),
  refined: (whole, partIds, partLengths) => post({ type: 'refined', whole, partIds, partLengths }),
};

const lane = new Lane(workerData as LaneSettings, lanePort);

port.on('message', (message: ToLane) => {
  if (message.type === 'answer') {
    answers.get(message.id)?.(message.verdicts);
    answers.delete(message.id);
  } else if (message.type === 'taken') budget.give(message.bytes);
  else if (message.type === 'finish') tell(lane.finish().then(() => post({ type: 'finished' })));
  else
    tell(
      lane
        .run(message.task)
        .then((results) => post({ type: 'done', id: message.id, results: packResults(results) })),
    );
});

function tell(work: Promise<void>): void {
  work.catch((error: unknown) => {
    const { code, hint } =
      error instanceof BmcloudError ? error : { code: 'internal' as const, hint: undefined };
    post({ type: 'failed', code, message: messageOf(error), hint });
  });
}

function post(message: FromLane, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

/** Pooled buffers share their memory with others and must be copied. */
function ownsItsMemory(bytes: Uint8Array): boolean {
  return bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength && bytes.length > 4096;
}
