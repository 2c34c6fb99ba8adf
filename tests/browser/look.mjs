// Opens pages in Debian's chromium and prints, as JSON, what a person would see and what the browser complained of:
//   node look.mjs CHROMIUM < {"url", "steps": [{"fill": css, "with": text} | {"click": css} | {"wait": css, "state"?}], "texts": {name: css},
//                            "picture": file or null}
import { chromium } from "playwright-core";

const asked = JSON.parse(await new Promise((resolve) => {
  let text = "";
  process.stdin.setEncoding("utf8").on("data", (part) => (text += part)).on("end", () => resolve(text));
}));
const browser = await chromium.launch({ executablePath: process.argv[2], args: ["--no-sandbox"] });
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
  page.setDefaultTimeout(60000);
  const seen = { violations: [], errors: [], requests: [], texts: {} };
  await page.exposeFunction("violated", (what) => seen.violations.push(what));
  await page.addInitScript(() => addEventListener("securitypolicyviolation", (event) =>
    globalThis.violated(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`)));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && seen.errors.push(message.text()));
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  page.on("request", (request) => seen.requests.push(request.url()));
  page.on("requestfailed", (request) => seen.errors.push(`${request.url()}: ${request.failure()?.errorText}`));
  page.on("response", (answer) => answer.status() >= 400 && seen.errors.push(`${answer.url()}: ${answer.status()}`));
  await page.goto(asked.url, { waitUntil: "networkidle" });
  for (const step of asked.steps ?? []) {
    if (step.fill) await page.fill(step.fill, step.with);
    if (step.click) await page.click(step.click);
    if (step.wait) await page.waitForSelector(step.wait, { state: step.state ?? "visible" });
  }
  for (const [name, selector] of Object.entries(asked.texts ?? {}))
    seen.texts[name] = await page.locator(selector).allInnerTexts();
  if (asked.picture) await page.screenshot({ path: asked.picture });
  process.stdout.write(JSON.stringify(seen));
} finally {
  await browser.close();
}
