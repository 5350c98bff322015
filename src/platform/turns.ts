/**
 * A queue that allows one kernel call at a time in the whole process: models, programs and trainers share the
 * processors in turn, so that several of them never run more threads than there are processors. All kinds of
 * thread pools use this queue.
 */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Runs the task when the earlier ones are done. */
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
