// What leads to what: searched once, then followed from what is chosen.

function indexed(data) {
  const things = new Map();
  for (const box of data.boxes) {
    things.set(box.id, box);
    for (const row of box.rows) things.set(row.id, row);
  }
  const next = new Map();
  const before = new Map();
  const note = (map, near, far, number) => {
    if (!map.has(near)) map.set(near, []);
    map.get(near).push([far, number]);
  };
  data.ways.forEach((way, number) => {
    note(next, way.source, way.target, number);
    note(before, way.target, way.source, number);
  });
  return { things, next, before };
}

function closure(starts, steps) {
  const reached = new Set(starts);
  const taken = new Set();
  const waiting = [...starts];
  while (waiting.length) {
    for (const [other, number] of steps.get(waiting.pop()) ?? []) {
      taken.add(number);
      if (!reached.has(other)) {
        reached.add(other);
        waiting.push(other);
      }
    }
  }
  return { reached, taken };
}

// The ids from which the lineage of a box or column is followed: of a box its columns, if ways lead there.
function startsOf(index, id) {
  const isLinked = (row) => index.next.has(row.id) || index.before.has(row.id);
  const linked = (index.things.get(id).rows ?? []).filter(isLinked);
  return linked.length ? linked.map((row) => row.id) : [id];
}
