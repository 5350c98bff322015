/**
 * One call of kernels at a time in the whole process: models, programs and trainers share the processors by taking
 * turns, so that several of them never run more threads than there are processors. Every kind of thread pool takes its
 * turns here.
 */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Runs the task when those that came before are done. */
  take<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(task);
    this.#last = result.then(
      () => {},
      () => {},
    );
    return result;
  }
}

export const computeTurns = new Turns();
