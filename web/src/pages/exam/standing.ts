/** How it stands with a course, in words. */
import type { ExamCourse } from "../../api/training";

export const toneOf = (course: ExamCourse): "good" | "wait" | "bad" | "muted" => {
  if (course.standing === "valid") return "good";
  if (course.standing === "used_up" || course.standing === "bank_small") return "bad";
  return course.standing === "no_exam" ? "muted" : "wait";
};

/** Can an exam be begun, or gone on with? */
export const mayBegin = (course: ExamCourse): boolean =>
  course.standing === "ready" || course.standing === "open" || (course.standing === "soon" && course.read && course.questions > 0);

/** Seconds as minutes and seconds. */
export const clockText = (seconds: number): string => {
  const left = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
};
