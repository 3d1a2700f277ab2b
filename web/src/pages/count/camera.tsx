/** A telephone's camera as a scanner: the browser's own reader where there is one, else a small one of ours. Pictures never leave the page. */
import { useEffect, useRef, useState } from "react";
import { useLang } from "../../i18n";

/** The same code again within this time is the same look at it. */
const SAME_MS = 2500;
const EVERY_MS = 150;
const WIDTH = 640;

interface Detector {
  detect: (source: HTMLVideoElement) => Promise<{ rawValue: string }[]>;
}

async function reader(): Promise<(video: HTMLVideoElement) => Promise<string | undefined>> {
  const Native = (globalThis as { BarcodeDetector?: { new (options: { formats: string[] }): Detector; getSupportedFormats?: () => Promise<string[]> } }).BarcodeDetector;
  if (Native && (await Native.getSupportedFormats?.())?.includes("qr_code")) {
    const detector = new Native({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video))[0]?.rawValue;
  }
  const { decodeQR } = await import("qr/decode.js");
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    if (!context || !video.videoWidth) return undefined;
    canvas.width = Math.min(WIDTH, video.videoWidth);
    canvas.height = Math.round((canvas.width * video.videoHeight) / video.videoWidth);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    try {
      return decodeQR(context.getImageData(0, 0, canvas.width, canvas.height));
    } catch {
      // no code in this picture
      return undefined;
    }
  };
}

export function Camera({ onCode }: { onCode: (code: string) => void }) {
  const { t } = useLang();
  const video = useRef<HTMLVideoElement>(null);
  const heard = useRef(onCode);
  heard.current = onCode;
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    let stop = false;
    let stream: MediaStream | undefined;
    let timer: ReturnType<typeof setTimeout>;
    const last = { code: "", at: 0 };
    const run = async () => {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
      const element = video.current;
      if (!element || stop) return stream.getTracks().forEach((track) => track.stop());
      element.srcObject = stream;
      await element.play();
      const read = await reader();
      const look = async () => {
        if (stop) return;
        const code = await read(element).catch(() => undefined);
        const now = Date.now();
        if (code && (code !== last.code || now - last.at > SAME_MS)) {
          heard.current(code);
          navigator.vibrate?.(60);
        }
        if (code) Object.assign(last, { code, at: now });
        timer = setTimeout(() => void look(), EVERY_MS);
      };
      void look();
    };
    // Cameras are for secure origins only, and a person may say no.
    if (!navigator.mediaDevices) setProblem(t("count.noCamera"));
    else run().catch(() => setProblem(t("count.cameraRefused")));
    return () => {
      stop = true;
      clearTimeout(timer);
      stream?.getTracks().forEach((track) => track.stop());
    };
  }, [t]);
  if (problem) return <p className="wait" role="alert">{problem}</p>;
  return <video ref={video} className="count-camera" muted playsInline aria-label={t("count.camera")} />;
}
