// Puts the parts together: the views of one answer, what is chosen, found and asked for.

const PAN = 80;
let kept = null; // what was seen when more was asked for, until the next picture is there

function start(root) {
  if (root.dataset.drawn) return;
  root.dataset.drawn = "true";
  const find = (selector) => root.querySelector(selector);
  const stage = find(".graph-picture");
  const map = find(".graph-map");
  const facts = find(".graph-facts");
  const found = find(".graph-found");
  const search = find(".graph-find");
  const sections = [...root.querySelectorAll(".graph-view")];
  const isServed = "served" in root.dataset;
  const views = [];
  const colour = (name) => getComputedStyle(root).getPropertyValue(`--g-${name}`).trim();
  let view = null;
  let shown = null;
  let chosen = null;
  let hits = [];
  let current = -1;
  let absent = { things: new Set(), ways: new Set() };
  const atMoment = clock(root, (now) => {
    const difference = (one, other) => [...one].filter((id) => !other.has(id));
    shown.toggle(difference(absent.things, now.things), difference(absent.ways, now.ways), false);
    shown.toggle(difference(now.things, absent.things), difference(now.ways, absent.ways), true);
    absent = now;
    markRows(now);
  });

  function opened(number) {
    const section = sections[number];
    const data = JSON.parse(section.querySelector(":scope > script").textContent);
    const details = section.querySelector(".graph-tables");
    return { data, index: indexed(data), details, finish: makeTables(details), isMarked: false };
  }

  // The tables say as well what was not there.
  function markRows(now) {
    const isMarked = now.things.size + now.ways.size > 0;
    if (!isMarked && !view.isMarked) return;
    view.finish();
    view.ways ??= rowsOf(view.details, "Edges");
    view.boxes ??= rowsOf(view.details, "Boxes");
    view.ways.forEach((row, place) => mark(row, now.ways.has(place)));
    view.boxes.forEach((row, place) => mark(row, now.things.has(view.data.boxes[place].id)));
    view.isMarked = isMarked;
  }

  function show(number) {
    view = views[number] ??= opened(number);
    sections.forEach((one, place) => { one.hidden = place !== number; });
    for (const button of root.querySelectorAll("button[data-view]")) {
      button.setAttribute("aria-pressed", String(Number(button.dataset.view) === number));
    }
    shown?.cy.destroy();
    absent = { things: new Set(), ways: new Set() };
    shown = picture(stage, view.data, colour, { chosen: (id) => (id ? choose(id) : clear()), seen: see });
    drawMap(map, view.data);
    shown.open();
    clear();
    look();
    atMoment(view.data, view.index);
    stage.dataset.shown = String(number);
    stage.dataset.drawn = String(view.data.boxes.length);
  }

  let waits = false;

  function see(extent) {
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => {
      waits = false;
      drawSeen(map, shown.cy.extent() ?? extent);
    });
  }

  // ----- what is chosen

  function clear() {
    shown.untrace();
    chosen = null;
    facts.hidden = true;
    facts.replaceChildren();
  }

  function choose(id) {
    const starts = startsOf(view.index, id);
    const up = closure(starts, view.index.before);
    const down = closure(starts, view.index.next);
    shown.trace(id, up, down);
    chosen = id;
    const told = {
      "sources shown": String(up.reached.size - starts.length),
      "results shown": String(down.reached.size - starts.length),
    };
    tell(facts, view.index.things.get(id), view.index.things.get(boxOf(id)), told, { isServed, close: leave });
  }

  function leave() {
    clear();
    stage.focus();
  }

  // The box beside the chosen one: a source, a result, or the next one above or below.
  function beside(direction) {
    const { boxes } = view.data;
    if (!chosen) return (boxes.find((one) => one.asked) ?? boxes[0])?.id;
    const here = view.index.things.get(boxOf(chosen));
    const steps = direction === "ArrowLeft" ? view.index.before : view.index.next;
    let others = boxes.filter((one) => one !== here && one.place[0] === here.place[0] &&
      (direction === "ArrowUp" ? one.place[1] < here.place[1] : one.place[1] > here.place[1]));
    if (direction === "ArrowLeft" || direction === "ArrowRight") {
      const near = startsOf(view.index, here.id).flatMap((id) => steps.get(id) ?? []);
      others = [...new Set(near.map(([id]) => view.index.things.get(boxOf(id))))];
    }
    const away = (one) => Math.abs(one.place[1] - here.place[1]);
    return others.sort((one, other) => away(one) - away(other))[0]?.id;
  }

  function go(direction) {
    const id = beside(direction);
    if (!id) return;
    choose(id);
    shown.middle(id, true);
  }

  // ----- more steps, without a new page

  async function more(address, box) {
    const node = shown.cy.getElementById(box.id);
    kept = { key: box.key, boxes: view.data.boxes.length, zoom: shown.cy.zoom(), at: node.renderedPosition() };
    found.textContent = "Loading";
    stage.setAttribute("aria-busy", "true");
    await htmx.ajax("GET", address, { target: "#main", select: "#main", swap: "outerHTML", push: "true" });
  }

  // The box from which more was asked for stays where it was.
  function resume() {
    const box = kept && view.data.boxes.find((one) => one.key === kept.key);
    if (!box) return;
    const { x, y } = shown.cy.getElementById(box.id).position();
    shown.cy.viewport({ zoom: kept.zoom, pan: { x: kept.at.x - x * kept.zoom, y: kept.at.y - y * kept.zoom } });
    choose(box.id);
    const difference = view.data.boxes.length - kept.boxes;
    found.textContent = difference > 0 ? `${difference.toLocaleString("en")} more shown` : "Nothing more lies there";
    stage.focus({ preventScroll: true });
    kept = null;
  }

  function ask(letter, steps) {
    const box = chosen && view.index.things.get(boxOf(chosen));
    if (isServed && box && box.kind !== "stub") more(moreAddress(box.key, letter, steps), box);
  }

  // ----- search

  function look() {
    const wanted = search.value.trim().toLowerCase();
    hits = [];
    current = -1;
    found.textContent = "";
    for (const box of wanted ? view.data.boxes : []) {
      const words = [box.name, ...Object.values(box.facts)].join(" ").toLowerCase();
      if (words.includes(wanted)) hits.push(box.id);
      for (const row of box.rows) if (row.whole.toLowerCase().includes(wanted)) hits.push(row.id);
    }
    shown.hit(hits);
    if (!wanted) return;
    found.textContent = `${hits.length.toLocaleString("en")} found` +
      (hits.length ? ", Enter for the next" : "");
  }

  function nextHit() {
    if (!hits.length) return;
    current = (current + 1) % hits.length;
    choose(hits[current]);
    shown.middle(hits[current], true);
  }

  // ----- buttons and keys

  const tools = {
    closer: () => shown.zoom(1.3),
    farther: () => shown.zoom(1 / 1.3),
    natural: () => shown.open(),
    fit: () => shown.cy.fit(undefined, 16),
    clear,
  };
  const pan = (x, y) => () => shown.cy.panBy({ x, y });
  const keys = {
    "+": tools.closer, "-": tools.farther, 0: tools.fit, 1: tools.natural, Escape: clear,
    ArrowLeft: pan(PAN, 0), ArrowRight: pan(-PAN, 0), ArrowUp: pan(0, PAN), ArrowDown: pan(0, -PAN),
    Enter: () => (chosen ? facts.querySelector("a, button").focus() : go("")),
    s: () => ask("u", ""), S: () => ask("u", "all"), r: () => ask("d", ""), R: () => ask("d", "all"),
  };

  for (const button of root.querySelectorAll("button[data-tool]")) {
    button.addEventListener("click", () => tools[button.dataset.tool]());
  }
  for (const button of root.querySelectorAll("button[data-view]")) {
    button.addEventListener("click", () => show(Number(button.dataset.view)));
  }
  for (const section of sections) {
    section.querySelector(".graph-csv")?.addEventListener("click", () => {
      view.finish();
      save(csvOf(view.details.querySelector(":scope > table")));
    });
  }
  stage.addEventListener("keydown", (event) => {
    const isArrow = event.key.startsWith("Arrow");
    const act = event.shiftKey && isArrow ? () => go(event.key) : keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });
  facts.addEventListener("keydown", (event) => { if (event.key === "Escape") leave(); });
  facts.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-box]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    more(link.getAttribute("href"), view.data.boxes.find((one) => one.key === link.dataset.box));
  });
  search.addEventListener("input", look);
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    nextHit();
  });
  const goTo = (event) => {
    const point = pointOf(map, event);
    if (point) shown.goTo(point);
  };
  map.addEventListener("pointerdown", (event) => {
    map.setPointerCapture(event.pointerId);
    goTo(event);
  });
  map.addEventListener("pointermove", (event) => { if (event.buttons) goTo(event); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => shown.recolour());
  show(0);
  resume();
}

function startAll() {
  for (const root of document.querySelectorAll(".graph")) start(root);
}

document.addEventListener("htmx:after:swap", startAll);
startAll();
