/** What `Workplace.measure` gave to this process. */
export function argumentsGiven(): unknown[] {
  return process.argv.slice(2).map((argument): unknown => JSON.parse(argument));
}
