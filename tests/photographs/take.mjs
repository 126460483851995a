// Takes the status page of a gateway in light and dark: take.mjs URL NAME FOLDER.
import { chromium } from "playwright-core";

const [url, name, folder] = process.argv.slice(2);
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
try {
  for (const colorScheme of ["light", "dark"]) {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1100, height: 860 } });
    const wrong = [];
    page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
    page.on("requestfailed", (request) => wrong.push(`failed: ${request.url()}`));
    await page.goto(url, { waitUntil: "networkidle" });
    await page.screenshot({ path: `${folder}/status-${name}-${colorScheme}.png` });
    if (process.env.WHOLE) {
      await page.screenshot({ path: `${process.env.WHOLE}/${name}-${colorScheme}.png`, fullPage: true });
    }
    if (wrong.length > 0) throw new Error(wrong.join("\n"));
    await page.close();
  }
} finally {
  await browser.close();
}
