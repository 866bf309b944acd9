"use strict";
// The time zone, and the key that leads to the search. Everything else is a link or a form.
const zone = document.getElementById("zone");

function shown(time, isLocal) {
  if (!isLocal) return time.dataset.utc;
  const moment = new Date(time.dateTime);
  const offset = new Date(moment.getTime() - moment.getTimezoneOffset() * 60000);
  const minutes = -moment.getTimezoneOffset();
  const sign = minutes < 0 ? "-" : "+";
  const two = (number) => String(number).padStart(2, "0");
  const hours = two(Math.floor(Math.abs(minutes) / 60));
  const text = offset.toISOString().slice(0, 19).replace("T", " ");
  return `${text} ${sign}${hours}:${two(Math.abs(minutes) % 60)}`;
}

function apply() {
  const isLocal = localStorage.getItem("zone") === "local";
  for (const time of document.querySelectorAll("time[datetime]")) {
    time.dataset.utc ??= time.textContent;
    time.textContent = shown(time, isLocal);
  }
  if (zone) {
    zone.textContent = isLocal ? "local time" : "UTC";
    zone.setAttribute("aria-pressed", String(isLocal));
  }
}

zone?.addEventListener("click", () => {
  localStorage.setItem("zone", localStorage.getItem("zone") === "local" ? "utc" : "local");
  apply();
});
document.addEventListener("keydown", (event) => {
  const isTyping = event.target.matches("input, textarea, select");
  if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    document.getElementById("search")?.focus();
  }
});
document.addEventListener("htmx:after:swap", apply);
document.addEventListener("graph:times", apply);
apply();

// Rows of before never stand under what is typed now: they are marked until the new ones are there.
document.addEventListener("input", (event) => {
  if (!event.target.closest("form.filters[hx-get]")) return;
  document.getElementById("rows")?.setAttribute("aria-busy", "true");
});
document.addEventListener("htmx:error", () => {
  document.querySelector("#rows[aria-busy]")?.classList.add("lost");
});

// A page that follows a run says whether it does.
const SILENT_MS = 15000;
const MOST_LINES = 500; // a page that is open for days stays small
const stream = document.getElementById("stream");
let heard = 0;

function say(state) {
  if (stream && stream.dataset.state !== "over" && stream.dataset.state !== state) {
    stream.dataset.state = state;
    stream.textContent = stream.dataset[state];
  }
}

function hear() {
  heard = Date.now();
  say("live");
}

function shorten() {
  const log = document.getElementById("log");
  while (log?.childElementCount > MOST_LINES) log.lastElementChild.remove();
}

if (stream) {
  document.addEventListener("htmx:after:swap", shorten);
  document.addEventListener("htmx:sse:after:connection", hear);
  document.addEventListener("htmx:sse:after:message", hear);
  document.addEventListener("htmx:sse:error", () => say("lost"));
  document.addEventListener("htmx:sse:before:connection", () => heard && say("lost"));
  document.addEventListener("htmx:sse:close", (event) => say(event.detail.reason === "message" ? "over" : "lost"));
  setInterval(() => heard && Date.now() - heard > SILENT_MS && say("silent"), 1000);
}
