/** The marks of a record's files. */
import { queryOptions } from "@tanstack/react-query";
import { http, take } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type MarkedFile = Schemas["MarkedFile"];

const one = (kind: string, id: string) => ({ params: { path: { kind, id } } });

export const marksApi = {
  read: (kind: string, id: string) => take<Schemas["RecordMarks"]>(http.GET("/api/records/{kind}/{id}/marks", one(kind, id))),
  put: (kind: string, id: string, series: string[]) =>
    take<Schemas["MarkAnswer"]>(http.POST("/api/records/{kind}/{id}/marks", { ...one(kind, id), body: { series } })),
};

/** With the record's version: a new one may have new marks. */
export const marksOf = (kind: string, id: string, version: number) =>
  queryOptions({ queryKey: ["marks", id, version], queryFn: () => marksApi.read(kind, id) });
