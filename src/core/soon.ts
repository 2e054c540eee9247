/** Does `work` once nobody waits, unless the answer is called before. */
export type Soon = (work: () => void) => () => void;

/** When the callers of this turn have their answers, if the process goes on. */
export const soonUnheld: Soon = (work) => {
  const immediate = setImmediate(work).unref();
  return () => clearImmediate(immediate);
};
