/** Which work is new since a moment: what began to wait after it. */
import type { WorkItem } from "../api/types";

export const unread = (items: WorkItem[], seen: string): WorkItem[] => items.filter((item) => item.since > seen);
