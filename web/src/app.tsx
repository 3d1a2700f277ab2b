/** Theme, language, data and routes around everything. */
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { ConfigProvider } from "antd";
import { queryClient } from "./api/queries";
import { FeedbackHost } from "./components/feedback";
import { antdLocale, useLang } from "./i18n";
import { router } from "./router";
import { theme } from "./theme";

export function App({ nonce }: { nonce?: string }) {
  const { lang } = useLang();
  return (
    <ConfigProvider theme={theme} locale={antdLocale(lang)} csp={nonce ? { nonce } : undefined} button={{ autoInsertSpace: false }}>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <FeedbackHost />
      </QueryClientProvider>
    </ConfigProvider>
  );
}
