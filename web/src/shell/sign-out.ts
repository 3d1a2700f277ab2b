/** Ends the session and forgets everything that the page knew. */
import { api } from "../api/endpoints";
import { queryClient } from "../api/queries";

export async function signOut(): Promise<void> {
  try {
    await api.signOut();
  } finally {
    queryClient.clear();
    window.location.assign("/");
  }
}
