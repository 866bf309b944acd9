// The same answer as tables, and what they say as a file. Those of many rows are made here, from
// what the picture is made of: a browser would need longer to read them than to draw.

const ROWS_AT_ONCE = 200;
const ABSENT = " (not there)";

function made(name, text, attributes = {}) {
  const one = document.createElement(name);
  one.textContent = text;
  for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
  return one;
}

function linked(text, address) {
  const name = made("bdi", text);
  if (!address) return name;
  const link = made("a", "", { href: address });
  link.append(name);
  return link;
}

function tableRow(cells, headings) {
  const row = document.createElement("tr");
  cells.forEach((cell, place) => {
    const one = place ? made("td", "", { "data-label": headings[place] }) : made("th", "", { scope: "row" });
    if (Array.isArray(cell)) one.append(linked(...cell));
    else one.textContent = cell;
    row.append(one);
  });
  return row;
}

function emptyTable({ caption, headings }) {
  const table = document.createElement("table");
  const head = document.createElement("tr");
  for (const heading of headings) head.append(made("th", heading, { scope: "col" }));
  table.append(made("caption", caption), document.createElement("thead"), document.createElement("tbody"));
  table.tHead.append(head);
  return table;
}

// Makes the tables that are only data yet, a few rows at a time while the browser has nothing else
// to do, so that its search finds them; `finish` makes what is left at once.
function makeTables(details) {
  const source = details.querySelector(":scope > script");
  if (!source) return () => {};
  let waiting = null;
  const make = (isTimeLeft) => {
    if (!waiting) {
      waiting = JSON.parse(source.textContent);
      source.remove();
      details.append(...waiting.map((one) => (one.table = emptyTable(one))));
    }
    while (waiting.length && isTimeLeft()) {
      const [{ rows, headings, table }] = waiting;
      table.tBodies[0].append(...rows.splice(0, ROWS_AT_ONCE).map((cells) => tableRow(cells, headings)));
      if (!rows.length) waiting.shift();
    }
    return waiting.length > 0;
  };
  const whenIdle = window.requestIdleCallback ?? ((act) => setTimeout(() => act({ timeRemaining: () => 9 }), 50));
  const later = (deadline) => {
    if (details.isConnected && make(() => deadline.timeRemaining() > 4)) whenIdle(later);
  };
  const finish = () => make(() => true);
  details.addEventListener("toggle", () => { if (details.open) finish(); });
  requestAnimationFrame(() => whenIdle(later)); // once the picture is there
  return finish;
}

// The rows of a table that is there, by its caption.
function rowsOf(details, caption) {
  const table = [...details.querySelectorAll(":scope > table")].find((one) => one.caption.textContent === caption);
  return table ? [...table.tBodies[0].rows] : [];
}

// Marks a row as one of something that was not there at the chosen moment, in words as well.
function mark(row, isAbsent) {
  if (row.classList.contains("absent") === isAbsent) return;
  row.classList.toggle("absent", isAbsent);
  if (isAbsent) row.cells[0].append(made("span", ABSENT, { class: "graph-absent" }));
  else row.querySelector(".graph-absent").remove();
}

function csvCell(text) {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csvOf(table) {
  const lines = [...table.rows].map((row) => [...row.cells].map((one) => csvCell(one.textContent)).join(","));
  return `${lines.join("\r\n")}\r\n`;
}

function save(text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = "lineage.csv";
  link.click();
  URL.revokeObjectURL(link.href);
}
