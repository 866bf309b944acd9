// The picture of one view: opened at natural size, moved, and what is shown of it.

const SMALLEST = 0.02;
const LARGEST = 3;
const FACTS = 340; // width that the facts cover
const NARROW = 640;

// no empty space beside what lies outside of the window
function held(pan, room, whole) {
  return whole <= room ? (room - whole) / 2 : Math.min(0, Math.max(room - whole, pan));
}

function picture(stage, data, colour, { chosen, seen }) {
  const cy = cytoscape({
    container: stage, elements: elements(data), style: looks(colour), layout: { name: "preset", fit: false },
    autoungrabify: true, boxSelectionEnabled: false, minZoom: SMALLEST, maxZoom: LARGEST,
  });
  const size = () => stage.getBoundingClientRect();
  // what is a part of each box, and of each row
  const parts = new Map();
  for (const node of cy.nodes()) {
    const { box, row } = node.data();
    for (const id of new Set([row ?? box, ...(row ? [] : [box])])) {
      if (!parts.has(id)) parts.set(id, []);
      parts.get(id).push(node);
    }
  }
  const edges = cy.edges().toArray();
  cy.on("tap", (event) => {
    if (event.target === cy) return chosen(null);
    const { row, box } = event.target.isEdge() ? event.target.target().data() : event.target.data();
    return chosen(row ?? box);
  });
  cy.on("viewport", () => seen(cy.extent()));

  return {
    cy,
    recolour: () => cy.style(looks(colour)),
    // at natural size: all of it if it fits, else what was asked about
    open() {
      cy.zoom(1);
      const { width, height } = size();
      const asked = data.boxes.find((one) => one.asked);
      if (data.width <= width && data.height <= height) {
        cy.pan({ x: (width - data.width) / 2, y: (height - data.height) / 2 });
      } else if (asked) {
        this.middle(asked.id, false);
        const { x, y } = cy.pan();
        cy.pan({ x: held(x, width, data.width), y: held(y, height, data.height) });
      } else {
        cy.pan({ x: 0, y: Math.min(0, (height - data.height) / 2) });
      }
    },
    middle(id, isBesideFacts) {
      if (cy.zoom() < 0.9) cy.zoom(1);
      const { x, y } = cy.getElementById(id).position();
      const { width, height } = size();
      const wide = isBesideFacts && width >= NARROW ? width - FACTS : width;
      cy.pan({ x: wide / 2 - x * cy.zoom(), y: height / 2 - y * cy.zoom() });
    },
    zoom(factor) {
      const { width, height } = size();
      cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: width / 2, y: height / 2 } });
    },
    goTo({ x, y }) {
      const { width, height } = size();
      cy.pan({ x: width / 2 - x * cy.zoom(), y: height / 2 - y * cy.zoom() });
    },
    // everything but what is on these ways fades
    trace(id, up, down) {
      const kept = new Set([id, ...up.reached, ...down.reached]);
      const homes = new Set([...kept].map(boxOf));
      const isOn = ({ row, box }) => (row ? kept.has(row) || kept.has(box) : homes.has(box));
      cy.batch(() => {
        cy.elements().removeClass("faded up down picked");
        cy.nodes().forEach((node) => { if (!isOn(node.data())) node.addClass("faded"); });
        edges.forEach((edge, number) => {
          edge.addClass(up.taken.has(number) ? "up" : down.taken.has(number) ? "down" : "faded");
        });
        cy.getElementById(id).addClass("picked");
      });
    },
    untrace: () => cy.batch(() => cy.elements().removeClass("faded up down picked")),
    hit: (ids) => cy.batch(() => {
      cy.nodes(".hit").removeClass("hit");
      ids.forEach((id) => cy.getElementById(id).addClass("hit"));
    }),
    toggle: (things, ways, isAbsent) => cy.batch(() => {
      things.forEach((id) => parts.get(id).forEach((node) => node.toggleClass("absent", isAbsent)));
      ways.forEach((number) => edges[number].toggleClass("absent", isAbsent));
    }),
  };
}
