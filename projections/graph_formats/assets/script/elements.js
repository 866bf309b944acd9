// What the server arranged, as elements of the library that draws.

const MOST_TEXTS = 500; // boxes beyond which a box has one text, not one a line
const MOST_CURVES = 600;
const MOST_LABELS = 4; // between two boxes, until one of them is chosen
const LINE = 17;
const ROW = 22;

function boxOf(id) {
  return id.split("r")[0];
}

// Each element has the box and, if it belongs to a column, the row that it is a part of.
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
    put(box.id, classes, left + w / 2, top + h / 2, { w, h, mx: 12 - w, title: box.title, all, box: box.id });
    ends[box.id] = [left, top + h / 2, w];
    let y = top + 28;
    box.lines.forEach(([text, look], number) => {
      if (!isPlain) {
        put(`${box.id}t${number}`, ["text", look || "usual"], left + 11, y + 8, { title: text, box: box.id });
      }
      y += LINE;
    });
    for (const row of box.rows) {
      const marks = ["row", row.look || "bare"];
      if (row.stopped) marks.push("stopped");
      if (row.unknown) marks.push("unknown");
      if (row.asked) marks.push("asked");
      const home = { box: box.id, row: row.id };
      put(row.id, marks, left + w / 2, y + 11, { w: w - 16, h: 20, mx: 22 - w, title: row.name, ...home });
      if (row.words) put(`${row.id}w`, ["text", "words"], left + w - 14, y + 11, { title: row.words, ...home });
      ends[row.id] = [left + 8, y + 11, w - 16];
      y += ROW;
    }
    if (box.more) put(`${box.id}m`, ["text", "more"], left + 12, y + 10, { title: box.more, box: box.id });
  }
  const isCurved = data.ways.length <= MOST_CURVES;
  const labelled = {};
  const pair = (way) => `${boxOf(way.source)} ${boxOf(way.target)}`;
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
    if (way.beyond) classes.push("beyond");
    const bend = isCurved ? curve(ends[way.source], ends[way.target]) : null;
    if (bend) classes.push("curved");
    made.push({
      group: "edges", classes: classes.join(" "),
      data: { id: `e${number}`, number, source: way.source, target: way.target, label: way.label, ...bend },
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
