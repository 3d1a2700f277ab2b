/**
 * Short messages and questions. Small on purpose: the dialogue itself is loaded with the first
 * question, so that the first page stays light.
 */
import { lazy, type ReactNode, Suspense, useSyncExternalStore } from "react";

export interface Question {
  title: string;
  content?: ReactNode;
  okText?: string;
  cancelText?: string;
  danger?: boolean;
  width?: number;
  /** Only an answer "understood", no choice. */
  info?: boolean;
  onOk?: () => unknown;
  onCancel?: () => void;
}
interface Toast {
  id: number;
  kind: "success" | "error" | "loading";
  text: string;
}
interface State {
  toasts: Toast[];
  question?: Question;
}

let state: State = { toasts: [] };
let next = 1;
const listeners = new Set<() => void>();
const set = (change: Partial<State>) => {
  state = { ...state, ...change };
  for (const listener of listeners) listener();
};
const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

function toast(kind: Toast["kind"], text: string, seconds: number): () => void {
  const id = next++;
  const close = () => set({ toasts: state.toasts.filter((x) => x.id !== id) });
  set({ toasts: [...state.toasts, { id, kind, text }] });
  if (seconds > 0) setTimeout(close, seconds * 1000);
  return close;
}

export const message = {
  success: (text: string) => toast("success", text, 4),
  error: (text: string) => toast("error", text, 10),
  loading: (text: string) => toast("loading", text, 0),
};
export const ask = (question: Question): void => set({ question });
export const closeQuestion = (): void => set({ question: undefined });
/** The text of whatever was thrown. */
export const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const QuestionBox = lazy(() => import("./question-box").then((m) => ({ default: m.QuestionBox })));

export function FeedbackHost() {
  const now = useSyncExternalStore(subscribe, () => state);
  return (
    <>
      <div className="toasts no-print" role="status" aria-live="polite">
        {now.toasts.map((x) => (
          <div key={x.id} className={`toast toast-${x.kind}`}>
            {x.text}
          </div>
        ))}
      </div>
      {now.question && (
        <Suspense>
          <QuestionBox question={now.question} />
        </Suspense>
      )}
    </>
  );
}
