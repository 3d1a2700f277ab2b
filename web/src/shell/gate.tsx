/** Which world the page is in: set-up, sealed, signed out, or at work. */
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState } from "react";
import { Problem, setGateListener } from "../api/client";
import { q, queryClient } from "../api/queries";
import type { Status } from "../api/types";
import { Loading, ProblemView } from "../components/states";
import { worded } from "../i18n";

const Setup = lazy(worded(() => import("../pages/setup").then((m) => ({ default: m.SetupPage }))));
const Unseal = lazy(worded(() => import("../pages/unseal").then((m) => ({ default: m.UnsealPage }))));
const SignIn = lazy(worded(() => import("../pages/signin").then((m) => ({ default: m.SignInPage }))));
const Forced = lazy(worded(() => import("../pages/signin").then((m) => ({ default: m.ForcedPassword }))));
const Shell = lazy(() => import("./shell").then((m) => ({ default: m.Shell })));

export function Gate() {
  const status = useQuery({
    ...q.status(),
    refetchInterval: (query) => (query.state.data?.phase === "loading" ? 1000 : false),
  });
  // Once begun, the set-up stays until its recovery sheet is confirmed, whatever the node says meanwhile.
  const [setup, setSetup] = useState<Status>();
  if (status.data?.phase === "setup" && !setup) setSetup(status.data);
  const ready = status.data?.phase === "ready" && !setup;
  const me = useQuery({ ...q.me(), enabled: ready });

  useEffect(() => {
    setGateListener((code) => {
      if (code === 423) void queryClient.invalidateQueries({ queryKey: ["status"] });
      else if (queryClient.getQueryData(["me"])) {
        // The session ended under an open page: what it showed goes, the address stays.
        queryClient.setQueryData(["me"], null);
        queryClient.removeQueries({ predicate: (query) => !["status", "me"].includes(String(query.queryKey[0])) });
      }
    });
  }, []);

  if (status.isPending) return <Plain><Loading rows={3} /></Plain>;
  if (status.isError) return <Plain><ProblemView error={status.error} retry={() => void status.refetch()} /></Plain>;
  return (
    <Suspense fallback={<Plain><Loading rows={3} /></Plain>}>{inside()}</Suspense>
  );

  function inside() {
    const node = status.data;
    if (!node) return null;
    if (setup) {
      return (
        <Setup
          status={setup}
          onDone={() => void queryClient.fetchQuery({ ...q.status(), staleTime: 0 }).then(() => setSetup(undefined))}
        />
      );
    }
    if (node.phase !== "ready") return <Unseal status={node} />;
    if (me.isPending) return <Plain><Loading rows={3} /></Plain>;
    if (me.data) return me.data.must_change_password ? <Forced status={node} me={me.data} /> : <Shell me={me.data} status={node} />;
    if (me.error && !(me.error instanceof Problem && me.error.status === 401)) {
      return <Plain><ProblemView error={me.error} retry={() => void me.refetch()} /></Plain>;
    }
    return <SignIn status={node} />;
  }
}

function Plain({ children }: { children: React.ReactNode }) {
  return <main className="plain">{children}</main>;
}
