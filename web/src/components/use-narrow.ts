/** Is the screen a telephone's? 640 px and below get cards and a drawer. */
import { useSyncExternalStore } from "react";

const query = window.matchMedia("(max-width: 640px)");
const medium = window.matchMedia("(max-width: 960px)");

const listen = (media: MediaQueryList) => (notify: () => void) => {
  media.addEventListener("change", notify);
  return () => media.removeEventListener("change", notify);
};
const onNarrow = listen(query);
const onMedium = listen(medium);

export const useNarrow = (): boolean => useSyncExternalStore(onNarrow, () => query.matches);
/** No room for the menu beside the page. */
export const useCompact = (): boolean => useSyncExternalStore(onMedium, () => medium.matches);
