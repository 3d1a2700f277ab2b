/** What the policies say to the reader about an act; undefined while it is not known yet. */
import { useQuery } from "@tanstack/react-query";
import { q } from "../api/queries";

export function useMay(action: string, kind: string, id?: string, ask = true): boolean | undefined {
  const found = useQuery({ ...q.why(action, kind, id), enabled: ask });
  return found.isError ? false : found.data?.allowed;
}
