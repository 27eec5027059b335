import type { Cost } from './measure.ts';

/** One piece of work in one scenario on one store. */
export interface Work {
  scenario: string;
  store: string;
  name: string;
}

/** What one program needed for one piece of work, in every round. */
export interface Row extends Work {
  peer: string;
  costs: Cost[];
  /** Bytes in the store afterwards, or that it grew by, where that is asked. */
  stored?: number;
  /** How many files or snapshots it was done with, in rows about growth. */
  units?: number;
}

/** What did not work, and why. */
export interface Failure {
  scenario: string;
  store: string;
  peer: string;
  reason: string;
}

/** Takes down what is measured, and says it. */
export class Notes {
  readonly rows: Row[] = [];
  readonly failures: Failure[] = [];

  add(work: Work, peer: string, cost: Cost, facts: Pick<Row, 'stored' | 'units'> = {}): void {
    let row = this.rows.find(
      (one) => one.peer === peer && isSameWork(one, work) && one.units === facts.units,
    );
    if (!row) {
      row = { ...work, peer, costs: [], ...facts };
      this.rows.push(row);
    }
    row.costs.push(cost);
    const { wall, cpu, memory, wire } = cost;
    const asked = wire ? `, ${wire.requests} requests` : '';
    console.log(
      `  ${work.name}, ${peer}: ${wall.toFixed(2)} s, CPU ${cpu.toFixed(2)} s, ${memory.toFixed(0)} MiB${asked}`,
    );
  }

  /** It is told once, and takes no further part there. */
  fail(failure: Failure): void {
    if (this.hasFailed(failure)) return;
    this.failures.push(failure);
    console.log(`  ${failure.peer} takes no part: ${failure.reason}`);
  }

  hasFailed({ scenario, store, peer }: Omit<Failure, 'reason'>): boolean {
    return this.failures.some((one) => one.scenario === scenario && one.store === store && one.peer === peer);
  }
}

export function isSameWork(one: Work, other: Work): boolean {
  return one.scenario === other.scenario && one.store === other.store && one.name === other.name;
}
