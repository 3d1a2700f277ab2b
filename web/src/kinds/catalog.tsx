/** The catalog of kinds, at hand wherever a record is shown. */
import { createContext, type ReactNode, use, useMemo } from "react";
import type { Catalog, Field, GradeLevel, Kind, Me, Protection, State, TaxonomyNode } from "../api/types";

interface Value {
  catalog: Catalog;
  me: Me;
  kind: (name: string) => Kind | undefined;
  level: (code: string | null | undefined) => GradeLevel | undefined;
  protection: (code: string | null | undefined) => Protection;
  node: (taxonomy: string, code: string) => TaxonomyNode[] | undefined;
}

const Context = createContext<Value | null>(null);

/** The way from the root of a taxonomy to a node. */
export function wayTo(nodes: TaxonomyNode[], code: string): TaxonomyNode[] | undefined {
  for (const node of nodes) {
    if (node.code === code) return [node];
    const below = wayTo(node.children ?? [], code);
    if (below) return [node, ...below];
  }
  return undefined;
}

export function CatalogProvider({ catalog, me, children }: { catalog: Catalog; me: Me; children: ReactNode }) {
  const value = useMemo<Value>(() => {
    const kinds = new Map(catalog.kinds.map((k) => [k.kind, k]));
    const levels = new Map(catalog.scheme.levels.map((l) => [l.code, l]));
    return {
      catalog,
      me,
      kind: (name) => kinds.get(name),
      level: (code) => (code ? levels.get(code) : undefined),
      protection: (code) => (code ? (levels.get(code)?.protection ?? "core") : "none"),
      node: (taxonomy, code) => wayTo(catalog.taxonomies.find((x) => x.name === taxonomy)?.nodes ?? [], code),
    };
  }, [catalog, me]);
  return <Context value={value}>{children}</Context>;
}

export function useCatalog(): Value {
  const value = use(Context);
  if (!value) throw new Error("outside of CatalogProvider");
  return value;
}

export const fieldOf = (kind: Kind, name: string): Field | undefined => kind.fields.find((f) => f.name === name);
export const stateOf = (kind: Kind, name: string): State | undefined => kind.states.find((s) => s.name === name);

/** May the person do something that only some roles do? A hint for the menu; the server decides. */
export const hasRole = (me: Me, ...roles: string[]): boolean => me.roles.some((r) => roles.includes(r));
