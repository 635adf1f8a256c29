// Drives a real browser through a list of steps from stdin, and prints what came of them as JSON. Without scripts of the pages' own,
// as most careful readers browse; axe runs through the debugger, which no content policy stops.
"use strict";
const fs = require("fs");
const { chromium, modules, shots, visits } = JSON.parse(fs.readFileSync(0, "utf8"));
const puppeteer = require(`${modules}/puppeteer-core`);
const axe = fs.readFileSync(`${modules}/axe-core/axe.min.js`, "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

async function judged(page, name, told) {
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  const room = page.viewport().width;
  if (width > room) told.push(`${name}: ${width} pixels wide in a window of ${room}`);
  await page.evaluate(axe);
  const found = await page.evaluate((rules) => axe.run(document, { runOnly: rules, iframes: false }), RULES);
  for (const each of found.violations) told.push(`${name}: ${each.id}: ${each.nodes.map((node) => node.html.slice(0, 200)).join(" | ")}`);
  if (found.passes.length < 10) told.push(`${name}: only ${found.passes.length} rules had something to judge`);
  if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
}

async function press(page, text) {
  const buttons = await page.$$("button:not([aria-hidden]), a");
  for (const each of buttons) {
    if ((await each.evaluate((node) => node.textContent.trim())) === text && (await each.isVisible())) {
      await Promise.all([page.waitForNavigation(), each.click()]);
      return;
    }
  }
  throw new Error(`no button or link "${text}" on ${page.url()}`);
}

const STEPS = {
  goto: (page, url) => page.goto(url),
  open: (page, selector) => page.$eval(selector, (node) => { node.open = true; }),
  type: async (page, [selector, text]) => { await page.$eval(selector, (node) => { node.value = ""; }); await page.type(selector, text); },
  press,
  await: (page, text) => page.waitForFunction((wanted) => document.body.innerText.includes(wanted), { timeout: 15000 }, text),
  expect: async (page, text) => {
    const shown = await page.evaluate(() => document.body.innerText);
    if (!shown.includes(text)) throw new Error(`"${text}" is not on ${page.url()}:\n${shown}`);
  },
};

(async () => {
  const told = [];
  const browser = await puppeteer.launch({ executablePath: chromium, args: FLAGS });
  try {
    for (const { name, steps, width, dark, judge, scripts, tongue } of visits) {
      const page = await browser.newPage();
      page.on("console", (message) => { if (/Content Security Policy|CSP/.test(message.text())) told.push(`${name}: ${message.text()}`); });
      await page.setJavaScriptEnabled(Boolean(scripts));
      await page.setViewport({ width, height: 900 });
      if (tongue) await page.setExtraHTTPHeaders({ "Accept-Language": tongue });
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }]);
      try {
        for (const [step, argument] of steps) await STEPS[step](page, argument);
        if (judge) await judged(page, name, told);
      } catch (error) {
        told.push(`${name}: ${error.message}`);
      }
      await page.close();
    }
  } finally {
    await browser.close();
  }
  process.stdout.write(JSON.stringify(told));
})();
