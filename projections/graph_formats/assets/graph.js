"use strict";
// Draws what the server arranged: pan, zoom, search, the lineage of what is clicked. Names only
// ever become text.
(() => {
  const MOST_TEXTS = 500; // boxes beyond which a box has one text, not one a line
  const MOST_CURVES = 600;
  const MOST_LABELS = 4; // between two boxes, until one of them is chosen
  const SMALLEST = 0.02;
  const LARGEST = 3;
  const PAN = 80;

  function start(root) {
    const find = (selector) => root.querySelector(selector);
    const stage = find(".graph-picture");
    const map = find(".graph-map");
    const facts = find(".graph-facts");
    const found = find(".graph-found");
    const search = find(".graph-find");
    const sections = [...root.querySelectorAll(".graph-view")];
    const documents = [];
    let view = null;
    let cy = null;
    let hits = [];
    let current = -1;

    function colour(name) {
      return getComputedStyle(root).getPropertyValue(`--g-${name}`).trim();
    }

    function hatch() {
      const line = colour("hatch");
      const svg = `<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'>` +
        `<path d='M-2 10L10 -2M-2 2L2 -2M6 10L10 6' stroke='${line}' stroke-width='1.5'/></svg>`;
      return `data:image/svg+xml;utf8,${encodeURIComponent(svg)}`; // blanks would end the address
    }

    function looks() {
      const font = "system-ui, sans-serif";
      const text = {
        "font-family": font, "font-size": 12, "min-zoomed-font-size": 6, color: colour("text"),
        "text-halign": "right", "text-valign": "center",
      };
      const fill = (name) => ({
        "background-color": colour(name), "border-color": colour(`${name}-line`),
      });
      const rules = [
        ["node", { ...text, "overlay-opacity": 0 }],
        [".box", {
          shape: "rectangle", width: "data(w)", height: "data(h)", "border-width": 1.5,
          "font-size": 13, "font-weight": 600, label: "data(title)", "text-valign": "top",
          "text-margin-x": "data(mx)", "text-margin-y": 24, "z-index": 1,
        }],
        [".plainly", {
          label: "data(all)", "text-valign": "center", "text-margin-y": 0, "text-wrap": "wrap",
          "font-weight": 400, "font-size": 12,
        }],
        [".file", fill("file")],
        [".step", { shape: "round-rectangle", "corner-radius": 14, ...fill("step") }],
        [".group", { shape: "cut-rectangle", ...fill("file") }],
        [".stub", {
          shape: "round-rectangle", "border-style": "dotted", "font-size": 12, "font-weight": 400,
          "background-color": colour("back"), "border-color": colour("faint"),
          "text-valign": "center", "text-margin-y": 0, color: colour("faint"),
        }],
        [".text", {
          width: 1, height: 1, "background-opacity": 0, "border-width": 0, label: "data(title)",
          events: "no", "z-index": 3,
        }],
        [".words", { "font-size": 11, "text-halign": "left", color: colour("text") }],
        [".more", { "font-size": 11, color: colour("faint") }],
        [".good", { color: colour("good") }],
        [".bad", { color: colour("bad"), "font-weight": 600 }],
        [".warn", { color: colour("warn"), "font-weight": 600 }],
        [".row", {
          shape: "rectangle", width: "data(w)", height: "data(h)", label: "data(title)",
          "text-margin-x": "data(mx)", "border-width": 1, "z-index": 2,
          "background-color": colour("back"), "border-color": colour("line"),
        }],
        ...["direct", "quasi", "sensitive", "special", "plain"].map(
          (name) => [`.row.${name}`, fill(name)]),
        ...["direct", "quasi", "sensitive", "special", "plain", "fine", "open", "wrong"].map(
          (name) => [`.as-${name}`, fill(name)]),
        [".row.stopped", { "background-color": colour("back"), "border-width": 2 }],
        [".unknown", {
          "background-image": hatch(), "background-repeat": "repeat", "background-width": 8,
          "background-height": 8, "background-clip": "node", "background-image-opacity": 0.5,
          "border-style": "dashed", "text-background-color": colour("back"),
          "text-background-opacity": 0.85,
        }],
        [".asked", { "border-width": 4, "border-color": colour("link"), "border-style": "solid" }],
        ["edge", {
          width: 1.2, "line-color": colour("edge"), "target-arrow-color": colour("edge"),
          "target-arrow-shape": "triangle", "arrow-scale": 0.8, "curve-style": "straight",
          "source-endpoint": "50% 0", "target-endpoint": "-50% 0", "overlay-opacity": 0,
        }],
        [".labelled", {
          label: "data(label)",
          "font-family": font, "font-size": 11, "min-zoomed-font-size": 6, color: colour("text"),
          "text-background-color": colour("back"), "text-background-opacity": 0.9,
          "text-background-padding": 2,
        }],
        [".curved", {
          "curve-style": "unbundled-bezier", "edge-distances": "endpoints",
          "control-point-weights": "data(cw)", "control-point-distances": "data(cd)",
        }],
        [".dashed", { "line-style": "dashed" }],
        [".beyond", { "line-style": "dotted", "target-arrow-shape": "none" }],
        [".stops", {
          "line-color": colour("stop"), "target-arrow-color": colour("stop"),
          "target-arrow-shape": "tee", width: 2.5, color: colour("stop"), "font-weight": 600,
        }],
        [".carries", {
          width: 4, "line-color": colour("direct-line"), "target-arrow-color": colour("direct-line"),
        }],
        [".faded", { opacity: 0.18 }],
        [".quiet", { "text-opacity": 0, "text-background-opacity": 0 }],
        [".quiet.up, .quiet.down", { "text-opacity": 1, "text-background-opacity": 0.9 }],
        [".up", { "line-color": colour("up"), "target-arrow-color": colour("up"), width: 3 }],
        [".down", { "line-color": colour("down"), "target-arrow-color": colour("down"), width: 3 }],
        [".picked", { "border-width": 4, "border-color": colour("link") }],
        [".hit", { "border-width": 4, "border-color": colour("warn"), "border-style": "double" }],
      ];
      return rules.map(([selector, style]) => ({ selector, style }));
    }

    function elements(data) {
      const made = [];
      const ends = {};
      const isPlain = data.boxes.length > MOST_TEXTS;
      const put = (id, classes, x, y, more) => made.push({
        group: "nodes", classes: classes.join(" "), data: { id, ...more }, position: { x, y },
      });
      for (const box of data.boxes) {
        const [left, top] = box.place;
        const [w, h] = box.size;
        const classes = ["box", box.kind];
        if (box.look) classes.push(`as-${box.look}`);
        if (box.unknown) classes.push("unknown");
        if (box.asked && !box.rows.some((row) => row.asked)) classes.push("asked");
        if (isPlain && box.kind !== "stub") classes.push("plainly");
        const all = [box.title, ...box.lines.map(([text]) => text)].join("\n");
        put(box.id, classes, left + w / 2, top + h / 2, {
          w, h, mx: 12 - w, title: box.title, all, subject: box,
        });
        ends[box.id] = [left, top + h / 2, w];
        let y = top + 28;
        box.lines.forEach(([text, look], number) => {
          if (!isPlain) {
            put(`${box.id}t${number}`, ["text", look || "usual"], left + 11, y + 8, {
              title: text, of: box.id,
            });
          }
          y += 17;
        });
        for (const row of box.rows) {
          const marks = ["row", row.look || "bare"];
          if (row.stopped) marks.push("stopped");
          if (row.unknown) marks.push("unknown");
          if (row.asked) marks.push("asked");
          put(row.id, marks, left + w / 2, y + 11, {
            w: w - 16, h: 20, mx: 22 - w, title: row.name, subject: row, of: box.id,
          });
          put(`${row.id}w`, ["text", "words"], left + w - 14, y + 11, {
            title: row.words, of: row.id,
          });
          ends[row.id] = [left + 8, y + 11, w - 16];
          y += 22;
        }
        if (box.more) {
          put(`${box.id}m`, ["text", "more"], left + 12, y + 10, { title: box.more, of: box.id });
        }
      }
      const isCurved = data.ways.length <= MOST_CURVES;
      const labelled = {};
      const pair = (way) => [way.source, way.target].map((one) => one.split("r")[0]).join(" ");
      for (const way of data.ways) {
        if (way.label) labelled[pair(way)] = (labelled[pair(way)] ?? 0) + 1;
      }
      data.ways.forEach((way, number) => {
        const classes = [];
        if (way.label) classes.push("labelled");
        if (!way.certain) classes.push("dashed");
        if (way.look) classes.push(way.look);
        if (way.stops) classes.push("stops");
        if (labelled[pair(way)] > MOST_LABELS) classes.push("quiet");
        if (way.words === "beyond") classes.push("beyond");
        const bend = isCurved ? curve(ends[way.source], ends[way.target]) : null;
        if (bend) classes.push("curved");
        made.push({
          group: "edges", classes: classes.join(" "),
          data: { id: `e${number}`, source: way.source, target: way.target, label: way.label,
            ...bend },
        });
      });
      return made;
    }

    // An S from the right side of one box to the left side of the other, as points beside the line.
    function curve([fromLeft, fromY, width], [toLeft, toY]) {
      const dx = toLeft - (fromLeft + width);
      const dy = toY - fromY;
      const length = Math.hypot(dx, dy);
      if (Math.abs(dy) < 1 || length < 1) return null;
      const bend = Math.max(Math.abs(dx) / 2, 40);
      const weight = (bend * dx) / (length * length);
      const distance = (-bend * dy) / length;
      return { cw: [weight, 1 - weight], cd: [distance, -distance] };
    }

    function show(number) {
      view = documents[number] ??=
        JSON.parse(sections[number].querySelector("script").textContent);
      sections.forEach((one, place) => { one.hidden = place !== number; });
      for (const button of root.querySelectorAll("button[data-view]")) {
        button.setAttribute("aria-pressed", String(Number(button.dataset.view) === number));
      }
      cy?.destroy();
      cy = cytoscape({
        container: stage, elements: elements(view), style: looks(), layout: { name: "preset", fit: false },
        autoungrabify: true, boxSelectionEnabled: false, minZoom: SMALLEST, maxZoom: LARGEST,
      });
      cy.on("tap", (event) => (event.target === cy ? clear() : choose(subject(event.target))));
      cy.on("viewport", see);
      drawMap();
      open();
      clear();
      stage.dataset.shown = String(number);
      stage.dataset.drawn = String(view.boxes.length);
    }

    function subject(element) {
      if (element.isEdge()) return element.target().id();
      return element.data("subject") ? element.id() : element.data("of");
    }

    // At natural size: all of it if it fits, else what was asked about.
    function open() {
      cy.zoom(1);
      const box = stage.getBoundingClientRect();
      const asked = view.boxes.filter((one) => one.asked);
      if (view.width <= box.width && view.height <= box.height) {
        cy.pan({ x: (box.width - view.width) / 2, y: (box.height - view.height) / 2 });
      } else if (asked.length) {
        middle(asked[0].id);
      } else {
        cy.pan({ x: 0, y: Math.min(0, (box.height - view.height) / 2) });
      }
    }

    function middle(id) {
      if (cy.zoom() < 0.9) cy.zoom(1);
      const { x, y } = cy.getElementById(id).position();
      const box = stage.getBoundingClientRect();
      const wide = facts.hidden || box.width < 640 ? box.width : box.width - 340;
      cy.pan({ x: wide / 2 - x * cy.zoom(), y: box.height / 2 - y * cy.zoom() });
    }

    function zoom(factor) {
      const box = stage.getBoundingClientRect();
      cy.zoom({ level: cy.zoom() * factor,
        renderedPosition: { x: box.width / 2, y: box.height / 2 } });
    }

    // ----- the lineage of what is chosen

    function closure(starts, near, far) {
      const next = {};
      view.ways.forEach((way, number) => (next[way[near]] ??= []).push([way[far], number]));
      const reached = new Set(starts);
      const taken = new Set();
      const waiting = [...starts];
      while (waiting.length) {
        for (const [other, number] of next[waiting.pop()] ?? []) {
          taken.add(number);
          if (!reached.has(other)) {
            reached.add(other);
            waiting.push(other);
          }
        }
      }
      return { reached, taken };
    }

    function clear() {
      cy.batch(() => cy.elements().removeClass("faded up down picked"));
      facts.hidden = true;
      facts.replaceChildren();
    }

    function choose(id) {
      clear();
      const chosen = cy.getElementById(id).data("subject");
      const linked = (chosen.rows ?? []).filter((row) => view.ways.some(
        (way) => way.source === row.id || way.target === row.id));
      const starts = linked.length ? linked.map((row) => row.id) : [id];
      const up = closure(starts, "target", "source");
      const down = closure(starts, "source", "target");
      const kept = new Set([id, ...up.reached, ...down.reached]);
      cy.batch(() => {
        cy.nodes().forEach((node) => {
          const of = node.data("of");
          const home = of && cy.getElementById(of).data("of");
          const isRow = node.data("subject") && of;
          const isOn = kept.has(node.id()) || (of && kept.has(of)) || (home && kept.has(home)) ||
            (!of && (node.data("subject").rows ?? []).some((row) => kept.has(row.id))) ||
            (!isRow && of && cy.getElementById(of).data("subject")?.rows?.some(
              (row) => kept.has(row.id)));
          if (!isOn) node.addClass("faded");
        });
        cy.edges().forEach((edge, number) => {
          if (up.taken.has(number)) edge.addClass("up");
          else if (down.taken.has(number)) edge.addClass("down");
          else edge.addClass("faded");
        });
        cy.getElementById(id).addClass("picked");
      });
      tell(chosen, up.reached.size - starts.length, down.reached.size - starts.length);
    }

    function element(name, text) {
      const made = document.createElement(name);
      made.textContent = text;
      return made;
    }

    function tell(chosen, up, down) {
      const close = element("button", "Close");
      close.type = "button";
      close.addEventListener("click", clear);
      const heading = document.createElement("h2");
      heading.append(element("bdi", chosen.whole ?? chosen.name));
      const list = document.createElement("dl");
      const told = { ...chosen.facts, "sources shown": String(up), "results shown": String(down) };
      for (const [key, value] of Object.entries(told)) {
        list.append(element("dt", key), element("dd", value));
      }
      const links = document.createElement("ul");
      for (const [words, address] of Object.entries(chosen.links)) {
        const link = element("a", words);
        link.href = address;
        const item = document.createElement("li");
        item.append(link);
        links.append(item);
      }
      facts.replaceChildren(heading, links, list, close);
      facts.hidden = false;
    }

    // ----- search

    function look() {
      const wanted = search.value.trim().toLowerCase();
      cy.nodes(".hit").removeClass("hit");
      hits = [];
      current = -1;
      found.textContent = "";
      if (!wanted) return;
      for (const box of view.boxes) {
        const words = [box.name, ...Object.values(box.facts)].join(" ").toLowerCase();
        if (words.includes(wanted)) hits.push(box.id);
        for (const row of box.rows) if (row.whole.toLowerCase().includes(wanted)) hits.push(row.id);
      }
      cy.batch(() => hits.forEach((id) => cy.getElementById(id).addClass("hit")));
      found.textContent = `${hits.length.toLocaleString("en")} found` +
        (hits.length ? ", Enter for the next" : "");
    }

    // ----- the map in the corner

    const SVG = "http://www.w3.org/2000/svg";

    function rectangle(x, y, width, height, name) {
      const made = document.createElementNS(SVG, "rect");
      for (const [key, value] of Object.entries({ x, y, width, height })) {
        made.setAttribute(key, value);
      }
      made.setAttribute("class", name);
      return made;
    }

    function drawMap() {
      map.setAttribute("viewBox", `0 0 ${view.width} ${view.height}`);
      const step = Math.ceil(view.boxes.length / 2000);
      map.replaceChildren(
        ...view.boxes.filter((_, number) => number % step === 0).map((box) =>
          rectangle(...box.place, ...box.size, box.asked ? "asked" : "box")),
        rectangle(0, 0, 1, 1, "seen"));
    }

    let waits = false;

    function see() {
      if (waits) return;
      waits = true;
      requestAnimationFrame(() => {
        waits = false;
        const seen = cy.extent();
        const mark = map.querySelector(".seen");
        mark.setAttribute("x", seen.x1);
        mark.setAttribute("y", seen.y1);
        mark.setAttribute("width", Math.max(seen.w, 1));
        mark.setAttribute("height", Math.max(seen.h, 1));
      });
    }

    function goTo(event) {
      const matrix = map.getScreenCTM();
      if (!matrix) return;
      const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
      const box = stage.getBoundingClientRect();
      cy.pan({ x: box.width / 2 - point.x * cy.zoom(), y: box.height / 2 - point.y * cy.zoom() });
    }

    // ----- what the table says, as a file

    function cell(text) {
      return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    }

    function save(section) {
      const rows = [...section.querySelector("table").querySelectorAll("tr")];
      const lines = rows.map((row) => [...row.cells].map((one) => cell(one.textContent)).join(","));
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([lines.join("\r\n"), "\r\n"], { type: "text/csv" }));
      link.download = "lineage.csv";
      link.click();
      URL.revokeObjectURL(link.href);
    }

    const tools = {
      closer: () => zoom(1.3),
      farther: () => zoom(1 / 1.3),
      natural: open,
      fit: () => cy.fit(undefined, 16),
      clear,
    };
    const keys = {
      "+": tools.closer, "-": tools.farther, 0: tools.fit, 1: open, Escape: clear,
      ArrowLeft: () => cy.panBy({ x: PAN, y: 0 }), ArrowRight: () => cy.panBy({ x: -PAN, y: 0 }),
      ArrowUp: () => cy.panBy({ x: 0, y: PAN }), ArrowDown: () => cy.panBy({ x: 0, y: -PAN }),
    };

    for (const button of root.querySelectorAll("button[data-tool]")) {
      button.addEventListener("click", () => tools[button.dataset.tool]());
    }
    for (const button of root.querySelectorAll("button[data-view]")) {
      button.addEventListener("click", () => show(Number(button.dataset.view)));
    }
    for (const section of sections) {
      section.querySelector(".graph-csv")?.addEventListener("click", () => save(section));
    }
    stage.addEventListener("keydown", (event) => {
      const act = keys[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      act();
    });
    search.addEventListener("input", look);
    search.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      if (!hits.length) return;
      current = (current + 1) % hits.length;
      choose(hits[current]);
      middle(hits[current]);
    });
    map.addEventListener("pointerdown", (event) => {
      map.setPointerCapture(event.pointerId);
      goTo(event);
    });
    map.addEventListener("pointermove", (event) => { if (event.buttons) goTo(event); });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => cy.style(looks()));
    show(0);
  }

  for (const root of document.querySelectorAll(".graph")) start(root);
})();
