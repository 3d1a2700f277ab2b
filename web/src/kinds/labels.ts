/** What an act is called: by the server, by the kind's transition, or by the console for built-in verbs. */
import type { Kind, Text } from "../api/types";
import { useLang } from "../i18n";

export function useActName(): (kind: Kind | undefined, name: string, label?: Text | null) => string {
  const { t, tr } = useLang();
  return (kind, name, label) =>
    tr(label) || tr(kind?.transitions.find((x) => x.name === name)?.label) || t(`actname.${name}`, { defaultValue: name });
}
