/** Registers of things that bear a label. */
export const labelled = new Set(["carrier", "zone", "equipment", "secret", "notebook"]);
