/** The endpoints of training and exams, on their own so that the first page does without them. */
import { queryOptions } from "@tanstack/react-query";
import { http, serializeQuery, take } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type ExamCourse = Schemas["ExamCourse"];
export type ExamSitting = Schemas["ExamSitting"];
export type ExamQuestion = Schemas["ExamQuestion"];
export type Coverage = Schemas["Coverage"];
export type CoverageRow = Schemas["CoverageRow"];
export type Trained = Schemas["Trained"];

const one = (id: string) => ({ params: { path: { id } } });
export const training = {
  exams: () => take<{ courses: ExamCourse[] }>(http.GET("/api/training/exams")),
  begin: (course: string) => take<ExamSitting>(http.POST("/api/training/exams/{course}", { params: { path: { course } } })),
  sitting: (id: string) => take<ExamSitting>(http.GET("/api/training/sittings/{id}", one(id))),
  save: (id: string, answers: { place: number; chosen: string[] }[]) =>
    take<void>(http.PUT("/api/training/sittings/{id}/answers", { ...one(id), body: { answers } })),
  handIn: (id: string) => take<ExamSitting>(http.POST("/api/training/sittings/{id}/hand-in", one(id))),
  certificateUrl: (result: string) => `/api/training/results/${result}/certificate`,
  coverage: (query: { course?: string; department?: string; trained?: Trained; persons?: boolean }) =>
    take<Coverage>(http.GET("/api/training/coverage", { params: { query } })),
};

export const qt = {
  exams: () => queryOptions({ queryKey: ["exams"], queryFn: training.exams }),
  sitting: (id: string) =>
    queryOptions({ queryKey: ["sitting", id], queryFn: () => training.sitting(id), staleTime: 0, refetchOnWindowFocus: false }),
  coverage: (query: Parameters<typeof training.coverage>[0]) =>
    queryOptions({ queryKey: ["coverage", serializeQuery(query)], queryFn: () => training.coverage(query) }),
};
