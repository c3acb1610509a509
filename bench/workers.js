/** The processes of the systems. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export class Worker {
  #child;
  #database;
  #waiting;

  constructor(file, database, execPath) {
    this.file = file;
    this.#database = database;
    this.#child = fork(fileURLToPath(new URL('worker.js', import.meta.url)), [file, database.url, database.dialect], {
      execPath,
      execArgv: ['--expose-gc', '--no-warnings'],
      serialization: 'advanced',
    });
    this.#child.on('message', (message) => this.#take(message));
    this.#child.on('exit', (code) => this.#waiting?.reject(new Error(`${file} ended with code ${code}`)));
  }

  async #take({ ask, result, error }) {
    if (ask !== undefined) {
      const answer = await this.#database[ask]();
      this.#child.send({ answer: typeof answer === 'number' ? answer : null });
      return;
    }
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (error === undefined) waiting.resolve(result);
    else waiting.reject(new Error(`${this.file}: ${error}`));
  }

  #answer() {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /** Until it has connected. */
  ready() {
    return this.#answer();
  }

  do(task, options = {}) {
    const answer = this.#answer();
    this.#child.send({ task, ...options });
    return answer;
  }

  async close() {
    await this.do('close');
    this.#child.kill();
  }

  kill() {
    this.#child.kill();
  }
}
