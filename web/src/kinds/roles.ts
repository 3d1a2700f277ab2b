/** Names of roles; usable also before the catalog is loaded. */
import { queryClient } from "../api/queries";
import type { Catalog } from "../api/types";
import { useLang } from "../i18n";

export function useRoleName(): (code: string) => string {
  const { t, tr } = useLang();
  return (code) => {
    const catalog = queryClient.getQueryData<Catalog>(["catalog"]);
    const role = catalog?.roles.find((r) => r.code === code);
    return role ? tr(role.label) : t(`role.${code}`, { defaultValue: code });
  };
}
