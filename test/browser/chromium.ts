/** Path of Chromium: CHROMIUM, else the usual places of Debian and others. */
import { existsSync } from "node:fs";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export const chromiumPath: string | undefined =
  process.env.CHROMIUM ?? PLACES.find((place) => existsSync(place));

/** Chromium's own sandbox refuses to run as root. */
export const chromiumArguments: readonly string[] = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
