// Which things were there at a moment, by either clock. Nothing moves: what was not there fades.

const CLOCKS = ["happened", "recorded"];

function textOfTime(microseconds) {
  return `${new Date(microseconds / 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

// A time as an address says it: whole, since events may be less than a millisecond apart.
function addressOfTime(microseconds) {
  const second = Math.floor(microseconds / 1e6);
  const fraction = String(microseconds - second * 1e6).padStart(6, "0");
  return `${new Date(second * 1000).toISOString().slice(0, 19)}.${fraction}+00:00`;
}

// The moment with a number: its time, the event for the second clock, and how an address says it.
function momentOf(data, clock, number) {
  const found = data.moments[CLOCKS[clock]][number];
  if (clock === 0) return { time: found, address: addressOfTime(found), words: "" };
  const [position, time] = found;
  return { time, address: String(position), words: `Event ${position.toLocaleString("en")}, recorded ` };
}

function isThere(thing, clock, number) {
  return (!thing.since || thing.since[clock] <= number) && (!thing.until || thing.until[clock] > number);
}

// The ids of boxes and columns, and the numbers of ways, that were not there. A count of what lies
// beyond a box is there with it.
function absentAt(data, index, clock, number) {
  const things = new Set();
  const ways = new Set();
  for (const box of data.boxes) {
    const isAway = !isThere(box, clock, number);
    if (isAway) things.add(box.id);
    for (const row of box.rows) if (isAway || !isThere(row, clock, number)) things.add(row.id);
  }
  data.ways.forEach((way, place) => {
    const ends = [way.source, way.target];
    if (!isThere(way, clock, number) || ends.some((end) => things.has(end))) ways.add(place);
    if (way.beyond && ways.has(place)) things.add(ends.find((end) => index.things.get(end).kind === "stub"));
  });
  return { things, ways };
}

function counted(count, whole, noun) {
  return `${count.toLocaleString("en")} of ${whole.toLocaleString("en")} ${noun}`;
}
