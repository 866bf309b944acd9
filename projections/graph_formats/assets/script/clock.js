// The slider over the moments of a view; at its end it is now, and everything is there.

function clock(root, change) {
  const bar = root.querySelector(".graph-clock");
  const slider = bar.querySelector("input");
  const which = bar.querySelector("select");
  const said = bar.querySelector(".graph-moment");
  const link = bar.querySelector("a");
  const steps = { before: -1, after: 1 };
  let view = null;
  let waits = false;

  function told() {
    const number = Number(slider.value);
    const at = Number(which.value);
    const isNow = number >= view.data.moments[CLOCKS[at]].length;
    const absent = isNow ? { things: new Set(), ways: new Set() } : absentAt(view.data, view.index, at, number);
    change(absent);
    const boxes = view.data.boxes.filter((one) => one.kind !== "stub");
    const ways = view.data.ways.filter((one) => !one.beyond);
    const boxesThere = boxes.filter((one) => !absent.things.has(one.id)).length;
    const waysThere = view.data.ways.filter((one, place) => !one.beyond && !absent.ways.has(place)).length;
    const many = `${counted(boxesThere, boxes.length, "boxes")} and ${counted(waysThere, ways.length, "edges")} were there`;
    for (const button of bar.querySelectorAll("button")) {
      const next = number + steps[button.dataset.clock];
      button.setAttribute("aria-disabled", String(next < 0 || next > Number(slider.max)));
    }
    const asked = boxes.filter((one) => one.asked);
    const isAskedAway = asked.length > 0 && asked.every((one) => absent.things.has(one.id));
    if (link) link.hidden = isNow || isAskedAway; // the page of then would not know it
    if (isNow) {
      said.replaceChildren("Now");
      slider.setAttribute("aria-valuetext", "now");
      return;
    }
    const moment = momentOf(view.data, at, number);
    const text = textOfTime(moment.time);
    const time = made("time", text, { datetime: new Date(moment.time / 1000).toISOString(), "data-utc": text });
    said.replaceChildren(moment.words, time, `: ${many}`);
    slider.setAttribute("aria-valuetext", said.textContent);
    if (link) {
      const question = new URLSearchParams(location.search);
      question.set("at", moment.address);
      link.href = `?${question}`;
    }
    root.dispatchEvent(new CustomEvent("graph:times", { bubbles: true }));
  }

  function toEnd() {
    slider.max = String(view.data.moments[CLOCKS[Number(which.value)]].length);
    slider.value = slider.max;
    told();
  }

  slider.addEventListener("input", () => {
    if (waits) return;
    waits = true;
    requestAnimationFrame(() => { waits = false; told(); });
  });
  which.addEventListener("change", toEnd);
  for (const button of bar.querySelectorAll("button")) {
    button.addEventListener("click", () => {
      slider.value = String(Number(slider.value) + steps[button.dataset.clock]);
      told();
    });
  }
  return (data, index) => {
    view = { data, index };
    bar.hidden = !data.moments.happened.length;
    toEnd();
  };
}
