// How boxes, columns and ways look, from the colours of the style sheet.

function hatch(line) {
  const svg = `<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'>` +
    `<path d='M-2 10L10 -2M-2 2L2 -2M6 10L10 6' stroke='${line}' stroke-width='1.5'/></svg>`;
  return `data:image/svg+xml;utf8,${encodeURIComponent(svg)}`; // blanks would end the address
}

function looks(colour) {
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
      "background-image": hatch(colour("hatch")), "background-repeat": "repeat", "background-width": 8,
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
    [".absent", { opacity: 0.12 }],
    [".quiet", { "text-opacity": 0, "text-background-opacity": 0 }],
    [".quiet.up, .quiet.down", { "text-opacity": 1, "text-background-opacity": 0.9 }],
    [".up", { "line-color": colour("up"), "target-arrow-color": colour("up"), width: 3 }],
    [".down", { "line-color": colour("down"), "target-arrow-color": colour("down"), width: 3 }],
    [".picked", { "border-width": 4, "border-color": colour("link") }],
    [".hit", { "border-width": 4, "border-color": colour("warn"), "border-style": "double" }],
  ];
  return rules.map(([selector, style]) => ({ selector, style }));
}
