"use strict";
// Pan, zoom, search, and the lineage of what is clicked. Names only ever become text.
const data = JSON.parse(document.getElementById("data").textContent);
const picture = document.getElementById("picture");
const facts = document.getElementById("facts");
const found = document.getElementById("found");
const search = document.getElementById("search");
const nodes = [...picture.querySelectorAll(".node")];
const edges = [...picture.querySelectorAll(".edge")];
const MOST_HITS = 100;
const view = { x: 0, y: 0, width: 1, height: 1 };

const outgoing = data.nodes.map(() => []);
const incoming = data.nodes.map(() => []);
data.edges.forEach(([source, target], edge) => {
  outgoing[source].push([target, edge]);
  incoming[target].push([source, edge]);
});

function show() {
  picture.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
}

function fit() {
  const box = picture.getBoundingClientRect();
  const scale = Math.max(data.width / (box.width || 1), data.height / (box.height || 1), 0.5);
  view.width = (box.width || 1) * scale;
  view.height = (box.height || 1) * scale;
  view.x = (data.width - view.width) / 2;
  view.y = (data.height - view.height) / 2;
  show();
}

function zoom(factor, clientX, clientY) {
  const box = picture.getBoundingClientRect();
  const shareX = (clientX - box.left) / (box.width || 1);
  const shareY = (clientY - box.top) / (box.height || 1);
  const width = Math.min(Math.max(view.width * factor, 100), data.width * 20 + 4000);
  const height = view.height * (width / view.width);
  view.x += (view.width - width) * shareX;
  view.y += (view.height - height) * shareY;
  view.width = width;
  view.height = height;
  show();
}

function zoomMiddle(factor) {
  const box = picture.getBoundingClientRect();
  zoom(factor, box.left + box.width / 2, box.top + box.height / 2);
}

function centre(index) {
  const [left, top] = data.nodes[index].place;
  const box = picture.getBoundingClientRect();
  view.width = Math.min(view.width, 1400);
  view.height = view.width * ((box.height || 1) / (box.width || 1));
  view.x = left + data.box[0] / 2 - view.width / 2;
  view.y = top + data.box[1] / 2 - view.height / 2;
  show();
}

function reach(start, neighbours) {
  const reached = new Set([start]);
  const taken = new Set();
  const waiting = [start];
  while (waiting.length) {
    for (const [next, edge] of neighbours[waiting.pop()]) {
      taken.add(edge);
      if (!reached.has(next)) {
        reached.add(next);
        waiting.push(next);
      }
    }
  }
  return { reached, taken };
}

function clear() {
  picture.classList.remove("chosen");
  nodes.forEach((node) => node.classList.remove("on", "picked"));
  edges.forEach((edge) => edge.classList.remove("on", "up", "down"));
  facts.replaceChildren();
}

function counted(nodes) {
  return nodes === 1 ? "1 node" : `${nodes} nodes`;
}

function choose(index) {
  clear();
  const up = reach(index, incoming);
  const down = reach(index, outgoing);
  picture.classList.add("chosen");
  nodes[index].classList.add("picked");
  for (const node of [...up.reached, ...down.reached]) nodes[node].classList.add("on");
  for (const edge of up.taken) edges[edge].classList.add("on", "up");
  for (const edge of down.taken) edges[edge].classList.add("on", "down");
  tell({
    ...data.nodes[index].facts,
    upstream: counted(up.reached.size - 1),
    downstream: counted(down.reached.size - 1),
  });
}

function tell(entries) {
  for (const [key, value] of Object.entries(entries)) {
    const term = document.createElement("dt");
    const meaning = document.createElement("dd");
    term.textContent = key;
    meaning.textContent = value;
    meaning.dir = "auto";
    facts.append(term, meaning);
  }
}

let hits = [];
let current = -1;

function look() {
  const wanted = search.value.trim().toLowerCase();
  nodes.forEach((node) => node.classList.remove("hit"));
  found.replaceChildren();
  hits = [];
  current = -1;
  if (!wanted) return;
  data.nodes.forEach((node, index) => {
    if (node.words.includes(wanted)) hits.push(index);
  });
  for (const index of hits) nodes[index].classList.add("hit");
  const count = document.createElement("p");
  count.textContent = hits.length > MOST_HITS
    ? `${hits.length} found, the first ${MOST_HITS} listed` : `${hits.length} found`;
  found.append(count);
  for (const index of hits.slice(0, MOST_HITS)) {
    const button = document.createElement("button");
    button.type = "button";
    button.dir = "auto";
    button.textContent = data.nodes[index].facts.id;
    button.addEventListener("click", () => go(index));
    found.append(button);
  }
}

function go(index) {
  choose(index);
  centre(index);
}

let drag = null;

picture.addEventListener("pointerdown", (event) => {
  drag = { x: event.clientX, y: event.clientY, moved: false };
});
window.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const box = picture.getBoundingClientRect();
  const dx = event.clientX - drag.x;
  const dy = event.clientY - drag.y;
  if (!drag.moved && Math.abs(dx) + Math.abs(dy) < 4) return;
  drag = { x: event.clientX, y: event.clientY, moved: true };
  picture.classList.add("dragged");
  view.x -= dx * (view.width / (box.width || 1));
  view.y -= dy * (view.height / (box.height || 1));
  show();
});
window.addEventListener("pointerup", (event) => {
  const wasMoved = drag && drag.moved;
  const wasHere = drag !== null;
  drag = null;
  picture.classList.remove("dragged");
  if (wasMoved || !wasHere) return;
  const node = event.target.closest ? event.target.closest(".node") : null;
  if (node) choose(Number(node.dataset.i));
  else clear();
});
picture.addEventListener("wheel", (event) => {
  event.preventDefault();
  zoom(Math.exp(event.deltaY * 0.0015), event.clientX, event.clientY);
}, { passive: false });
search.addEventListener("input", look);
search.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !hits.length) return;
  current = (current + 1) % hits.length;
  go(hits[current]);
});
document.getElementById("fit").addEventListener("click", fit);
document.getElementById("closer").addEventListener("click", () => zoomMiddle(0.7));
document.getElementById("farther").addEventListener("click", () => zoomMiddle(1.4));
document.getElementById("clear").addEventListener("click", clear);
window.addEventListener("keydown", (event) => {
  if (event.target === search) return;
  if (event.key === "Escape") clear();
  if (event.key === "+") zoomMiddle(0.7);
  if (event.key === "-") zoomMiddle(1.4);
  if (event.key === "0") fit();
});
window.addEventListener("resize", fit);
fit();
