/** Calls `work` again and again until the answer is called. */
export type Every = (milliseconds: number, work: () => void) => () => void;

/** By a timer that keeps no process alive. */
export const everyUnheld: Every = (milliseconds, work) => {
  const timer = setInterval(work, milliseconds).unref();
  return () => clearInterval(timer);
};
