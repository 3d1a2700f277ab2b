/** Why something was refused: a stable code and its arguments. The sentences stand in `page/texts.ts`. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    readonly args: Record<string, string> = {},
  ) {
    super(code);
  }
}

/** The value, or the refusal that kept it away. Anything else that is thrown is a defect and goes on. */
export function attempt<T>(make: () => T): T | Refusal {
  try {
    return make();
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown;
    throw thrown;
  }
}
