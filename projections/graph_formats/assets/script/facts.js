// What is known of what is chosen, and where else it leads.

const WAYS_ON = [["Sources", "u"], ["Results", "d"]];
const STEPS = [["1 step", ""], ["2 steps", "2"], ["all", "all"]];

// The address of the same page with more steps from a box; see `also` of the server.
function moreAddress(key, letter, steps) {
  const asked = new URLSearchParams(location.search);
  const before = (asked.get("also") ?? "").split(".").filter((one) => one && !one.startsWith(key + letter));
  asked.set("also", [...before, key + letter + steps].join("."));
  return `?${asked}`;
}

function listOf(chosen) {
  const links = document.createElement("ul");
  for (const [words, address] of Object.entries(chosen.links)) {
    const item = document.createElement("li");
    item.append(made("a", words, { href: address }));
    links.append(item);
  }
  return links;
}

function stepsOf(box) {
  return WAYS_ON.map(([words, letter]) => {
    const line = made("p", `${words}: `, { class: "graph-more" });
    STEPS.forEach(([text, steps]) => {
      const link = made("a", text, { href: moreAddress(box.key, letter, steps), "data-box": box.key });
      link.setAttribute("aria-label", `${words} of this box, ${text}`);
      line.append(link, " ");
    });
    return line;
  });
}

function tell(panel, chosen, box, told, { isServed, close }) {
  const heading = document.createElement("h2");
  heading.append(made("bdi", chosen.whole ?? chosen.name));
  const list = document.createElement("dl");
  for (const [key, value] of Object.entries({ ...chosen.facts, ...told })) {
    list.append(made("dt", key), made("dd", value));
  }
  const button = made("button", "Close", { type: "button" });
  button.addEventListener("click", close);
  const more = isServed && box.kind !== "stub" ? stepsOf(box) : [];
  panel.replaceChildren(heading, listOf(chosen), ...more, list, button);
  panel.hidden = false;
}
