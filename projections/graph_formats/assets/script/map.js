// The whole picture in a corner, with what is seen of it.

const SVG = "http://www.w3.org/2000/svg";
const MOST_MAPPED = 2000;

function rectangle(x, y, width, height, name) {
  const one = document.createElementNS(SVG, "rect");
  for (const [key, value] of Object.entries({ x, y, width, height })) one.setAttribute(key, value);
  one.setAttribute("class", name);
  return one;
}

function drawMap(map, data) {
  map.setAttribute("viewBox", `0 0 ${data.width} ${data.height}`);
  const step = Math.ceil(data.boxes.length / MOST_MAPPED);
  map.replaceChildren(
    ...data.boxes.filter((_, number) => number % step === 0).map((box) =>
      rectangle(...box.place, ...box.size, box.asked ? "asked" : "box")),
    rectangle(0, 0, 1, 1, "seen"));
}

function drawSeen(map, seen) {
  const mark = map.querySelector(".seen");
  mark.setAttribute("x", seen.x1);
  mark.setAttribute("y", seen.y1);
  mark.setAttribute("width", Math.max(seen.w, 1));
  mark.setAttribute("height", Math.max(seen.h, 1));
}

// Where in the picture an event on the map is; null if the map is not shown.
function pointOf(map, event) {
  const matrix = map.getScreenCTM();
  return matrix && new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
}
