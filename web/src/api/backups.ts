/** The state of the backups; places and backups themselves are registers. */
import { queryOptions } from "@tanstack/react-query";
import { http, take } from "./client";
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Backups = Schemas["BackupOverview"];
export type BackupPlace = Schemas["BackupPlace"];
export type BackupMade = Schemas["BackupMade"];
export type DrillMade = Schemas["DrillMade"];
export type BackupWarning = Schemas["BackupWarning"];

/** While something runs, or was asked for, it is looked at every few seconds. */
const SOON = 3_000;
const LATER = 60_000;

export const backupsQuery = (waiting: boolean) =>
  queryOptions({
    queryKey: ["backups"],
    queryFn: () => take<Backups>(http.GET("/api/backups")),
    refetchInterval: (query) => (waiting || query.state.data?.places.some((p) => p.running) ? SOON : LATER),
  });
