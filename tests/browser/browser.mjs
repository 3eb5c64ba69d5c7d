// Chromium, where pages may load nothing, log nothing and throw nothing.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export class Browser {
  #chromium;
  #contexts = [];
  #origins;
  /** What went wrong: thrown in an event handler, it would end up nowhere. */
  #problems = [];

  /** Pages may be of these origins, and load from nowhere else. */
  static async launch(executablePath, origins) {
    const browser = new Browser();
    browser.#origins = origins;
    // As root, as in containers, there is no sandbox. The pages are ours.
    browser.#chromium = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
    return browser;
  }

  /** An empty page of a user of whom nothing is known. */
  async newPage(options = {}) {
    const context = await this.#chromium.newContext(options);
    this.#contexts.push(context);
    context.setDefaultTimeout(20_000);
    const page = await context.newPage();
    const problem = (text) => {
      // At once: the page may be stuck because of it.
      console.error(`${new URL(page.url()).pathname}: ${text}`);
      this.#problems.push(text);
    };
    context.on("request", (request) => {
      if (!this.#origins.includes(new URL(request.url()).origin)) problem(`asks for ${request.url()}`);
      // A page and its form; a picture, a script, a font would be more than that.
      if (!request.isNavigationRequest()) problem(`loads ${request.url()}`);
    });
    context.on("requestfailed", (request) => problem(`${request.url()} fails`));
    context.on("console", (message) => {
      // Pages that say what is wrong have the status for it, and Chromium notes that.
      const isStatus = message.text().endsWith("responded with a status of 400 (Bad Request)");
      if (!isStatus || message.location().url !== page.url()) problem(message.text());
    });
    context.on("weberror", (error) => problem(error.error().message));
    context.on("dialog", (dialog) => problem(dialog.message()));
    return page;
  }

  /** Closes the pages, and fails if there was something wrong with them. */
  async closePages() {
    await Promise.all(this.#contexts.splice(0).map((context) => context.close()));
    assert.deepEqual(this.#problems.splice(0), []);
  }

  async close() {
    await this.#chromium.close();
  }
}

/** Fails if people cannot use what they see on the page. */
export async function isAccessible(page) {
  // The page's own policy lets nothing in; the debugger's door is another one.
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate(() => globalThis.axe.run());
  const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  const where = serious.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
  assert.deepEqual(where, [], await page.title());
  assert.ok(passes.some(({ id }) => id === "color-contrast"), "axe has looked at the colors");
}
