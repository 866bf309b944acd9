"use strict";
// Opens pages in jsdom and does what it is told, one JSON line an order, one JSON line an answer.
// jsdom draws nothing: its canvas takes every call, and what the picture shows is read from the
// elements of the library that draws.

const path = require("node:path");
const readline = require("node:readline");
const { JSDOM, VirtualConsole } = require(path.resolve(process.argv[2], "node_modules", "jsdom"));

const canvas = new Proxy({}, {
  get: (_, name) => (name === "measureText" ? () => ({ width: 10 }) : () => canvas),
  set: () => true,
});
let page = null;
let saved = "";
let complaints = [];

function prepare(window) {
  window.HTMLCanvasElement.prototype.getContext = () => canvas;
  window.matchMedia = () => ({ matches: false, addEventListener() {} });
  window.URL.createObjectURL = (blob) => { saved = blob; return "blob:"; };
  window.URL.revokeObjectURL = () => {};
  window.HTMLAnchorElement.prototype.click = () => {};
}

function load({ html }) {
  page?.window.close();
  complaints = [];
  const virtualConsole = new VirtualConsole();
  virtualConsole.on("jsdomError", (error) => complaints.push(String(error.detail ?? error)));
  virtualConsole.on("error", (text) => complaints.push(String(text)));
  page = new JSDOM(html, { runScripts: "dangerously", pretendToBeVisual: true, beforeParse: prepare, virtualConsole });
}

const one = (selector) => page.window.document.querySelector(selector);

function press({ key, shift = false, on = ".graph-picture" }) {
  one(on).dispatchEvent(new page.window.KeyboardEvent("keydown", { key, shiftKey: shift, bubbles: true }));
}

function enter({ selector, value, event = "input" }) {
  one(selector).value = value;
  one(selector).dispatchEvent(new page.window.Event(event, { bubbles: true }));
}

// Chooses a box or column as a click on it does.
function choose({ id }) {
  picture().getElementById(id).emit("tap");
}

function picture() {
  return one(".graph-picture")._cyreg.cy;
}

function table(one) {
  return { caption: one.caption.textContent, rows: [...one.rows].map((row) => [...row.cells].map((cell) => cell.textContent)) };
}

function read() {
  const section = one(".graph-view:not([hidden])");
  return {
    data: JSON.parse(section.querySelector(":scope > script").textContent),
    classes: Object.fromEntries(picture().elements().map((element) => [element.id(), element.classes()])),
    places: Object.fromEntries(picture().nodes().map((node) => [node.id(), node.position()])),
    facts: one(".graph-facts").hidden ? null : one(".graph-facts").textContent,
    found: one(".graph-found").textContent,
    moment: one(".graph-moment").textContent,
    last: Number(one(".graph-clock input").max),
    tables: [...section.querySelectorAll(".graph-tables > table")].map(table),
    focus: page.window.document.activeElement.className || page.window.document.activeElement.textContent,
    complaints,
  };
}

async function csv() {
  one(".graph-view:not([hidden]) .graph-csv").click();
  const reader = new page.window.FileReader();
  await new Promise((done) => { reader.onload = done; reader.readAsText(saved); });
  return reader.result;
}

const orders = { load, press, enter, choose, read, csv, click: ({ selector }) => one(selector).click() };

async function obey(line) {
  const order = JSON.parse(line);
  const answer = await orders[order.do](order);
  await new Promise((done) => page.window.requestAnimationFrame(() => page.window.setTimeout(done)));
  process.stdout.write(`${JSON.stringify(answer ?? null)}\n`);
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) await obey(line);
  process.exit(0); // timers of the page would keep it
})();
