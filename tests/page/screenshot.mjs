// A picture of the page at work: node screenshot.mjs PAGE.html PICTURE.png [SCOPE ..]

import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [file, picture, ...scopes] = process.argv.slice(2);
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 1100, height: 1500 }, colorScheme: "light" });
await page.goto(pathToFileURL(file).href);
await page.getByLabel("Operations allowed with chosen scopes").check();
for (const scope of scopes) {
  await page.getByRole("checkbox", { name: scope }).first().check();
}
await page.getByLabel("Show denied operations too").check();
await page.evaluate(() => document.activeElement.blur());
// High enough for the whole table, and no higher.
const { y, height } = await page.locator("table").boundingBox();
await page.setViewportSize({ width: 1100, height: Math.ceil(y + height) + 20 });
await page.screenshot({ path: picture });
await browser.close();
