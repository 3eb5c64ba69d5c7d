// A picture of the page at work: node screenshot.mjs PAGE.html PICTURE.png [SCOPE ..]

import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [file, picture, ...scopes] = process.argv.slice(2);
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 1100, height: 700 }, colorScheme: "light" });
await page.goto(pathToFileURL(file).href);
await page.getByLabel("A token with chosen scopes").check();
for (const scope of scopes) {
  await page.getByRole("checkbox", { name: scope }).first().check();
}
await page.getByLabel("Show also what the caller may not do").check();
await page.evaluate(() => document.activeElement.blur());
await page.screenshot({ path: picture, fullPage: true });
await browser.close();
