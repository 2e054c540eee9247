import mocha from 'mocha';

const { Spec } = mocha.reporters;

/** Mocha's spec reporter, closed by the one line that CI reads. */
export default class PermafrostReporter extends Spec {
  epilogue() {
    super.epilogue();
    if (this.stats === undefined) return;
    const { passes, failures, pending } = this.stats;
    const skipped = pending > 0 ? `, ${pending} skipped` : '';
    process.stdout.write(`${passes} passed, ${failures} failed${skipped}\n`);
  }
}
