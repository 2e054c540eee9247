import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { Answer, type Order } from './order.ts';

const SCRIPT = path.resolve('test/torture/processes/participant.ts');

/** A process that takes orders, seen from the one that gives them. */
export class Child {
  readonly #answers: Answer[] = [];
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, () => void>();
  /** When it has ended and all that it said was heard. */
  readonly ended: Promise<unknown>;

  /** @param compiled a directory where what Node compiled is kept for the next one */
  constructor(compiled: string, mutant?: string) {
    this.#process = spawn(process.execPath, [SCRIPT, ...(mutant === undefined ? [] : [mutant])], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, NODE_COMPILE_CACHE: compiled },
    });
    this.ended = once(this.#process, 'close');
    if (this.#process.stdout === null) throw new Error('a child without standard output');
    // A killed process does not read what it was told last.
    this.#process.stdin?.on('error', () => {});
    createInterface({ input: this.#process.stdout }).on('line', (line) => this.#take(line));
  }

  /** How many answers there are. */
  get heard(): number {
    return this.#answers.length;
  }

  /** Tells it to do `orders`, one after the other. */
  tell(...orders: readonly Order[]): void {
    this.#process.stdin?.write(orders.map((order) => `${JSON.stringify(order)}\n`).join(''));
  }

  /** Gives all answers once there are `count` of them, one says that something failed, or it has ended. The first is that it is ready. */
  async answered(count: number): Promise<readonly Answer[]> {
    if (this.#answers.length < count) {
      const there = new Promise<void>((resolve) => this.#waiting.set(count, resolve));
      await Promise.race([there, this.ended]);
    }
    return this.#answers;
  }

  /** Tells it to do `order` and gives what it answers. @throws when that failed, or the process ended. */
  async ask(order: Order): Promise<string> {
    const count = this.#answers.length + 1;
    this.tell(order);
    const answer = (await this.answered(count))[count - 1];
    if (answer === undefined || 'failed' in answer)
      throw new Error(`${order.do}: ${answer?.failed ?? 'ended'}`);
    return answer.done;
  }

  /** Whether it was stopped and not continued. */
  get isStopped(): boolean {
    return /\) T /.test(readFileSync(`/proc/${this.#process.pid}/stat`, 'latin1'));
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }

  #take(line: string): void {
    const answer = Answer.parse(JSON.parse(line));
    this.#answers.push(answer);
    if ('failed' in answer) this.#waiting.forEach((wake) => wake());
    else this.#waiting.get(this.#answers.length)?.();
  }
}
