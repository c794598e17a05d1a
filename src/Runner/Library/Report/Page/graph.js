// A compiled graph as boxes. Parameters and other leaves stand inside the boxes that read them, and so does what the
// backward pass reads of the forward pass: the arrows left are the flow of one pass. A node that only takes a part of
// another is no box of its own, unless that other one belongs to the other pass.
"use strict";

report.graph = (graph) => {
  const { el } = report;
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const isPart = (node) => node.op === "Part" && node.inputs.length === 1 && byId.get(node.inputs[0]).phase === node.phase;
  const whole = (id) => (isPart(byId.get(id)) ? whole(byId.get(id).inputs[0]) : id);
  const passes = ["forward", "backward"].filter((phase) => boxesOf(phase).length > 0);
  const view = el("div", { class: "graph-view scroll", tabindex: "0", role: "group" });
  const zoom = report.zoomable(view);
  const buttons = passes.map((phase) => el("button", { type: "button", role: "radio" }, phase === "forward" ? "Forward" : "Backward and update"));

  function boxesOf(phase) {
    return graph.nodes.filter((node) => node.phase === phase && node.inputs.length > 0 && !isPart(node));
  }

  const show = (index) => {
    buttons.forEach((button, i) => {
      button.setAttribute("aria-checked", i === index);
      button.tabIndex = i === index ? 0 : -1;
    });
    view.setAttribute("aria-label", `${passes[index]} pass; arrow keys move from box to box, plus and minus zoom`);
    zoom.put(report.drawGraph(boxesOf(passes[index]), byId, whole));
  };
  report.roving(buttons, show);
  const element = el("div", { class: "graph" },
    el("div", { class: "toolbar" },
      passes.length > 1 ? el("div", { class: "segmented", role: "radiogroup", "aria-label": "Which pass to draw" }, buttons) : null, zoom.buttons),
    view,
    el("p", { class: "hint" }, "Double-click to zoom in there and out again, drag to move. With the keyboard: arrows go from box to box, + and − zoom, 0 shows the whole graph."),
    el("details", null, el("summary", null, "The graph as text"),
      el("pre", { class: "scroll", tabindex: "0" }, graph.text)));
  return { element, show: () => show(0) };
};

report.drawGraph = (nodes, byId, whole) => {
  const { svg: draw, layoutGraph } = report;
  const height = 54, padding = 14, charWidth = 6.7;
  const shown = new Set(nodes.map((node) => node.id));
  const short = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

  const boxes = nodes.map((node) => {
    // Scalars (the learning rate) and the shapes of several results are left to the tooltip.
    const leaves = node.inputs.filter((id) => !shown.has(whole(id)) && byId.get(id).shape !== "[]");
    const shape = node.shape.startsWith("(") ? "" : node.shape;
    const withShapes = leaves.map((id) => `${id} ${byId.get(id).shape}`.trim()).join(", ");
    const lines = [short(node.epilogue ? `${node.op}: ${node.epilogue}` : node.op, 34), short(`${node.id} ${shape}`.trim(), 34),
      withShapes.length <= 28 ? withShapes : short(leaves.join(", "), 34)];
    const width = Math.max(...lines.map((line, i) => line.length * charWidth * (i === 0 ? 1.12 : 1))) + 22;
    return { ...node, lines, width: Math.max(84, width), inputs: [...new Set(node.inputs.map(whole).filter((id) => shown.has(id)))], all: node.inputs };
  });
  const layout = layoutGraph(boxes, { height, layerGap: 26, nodeGap: 22 });
  const width = layout.width + 2 * padding, fullHeight = layout.height + 2 * padding;
  const at = (id) => layout.places.get(id);

  // Smooth from the foot of a box to the head of another, straight down past the layers between.
  const edgePath = (points) => {
    const stops = points.flatMap(({ x, y }, i) => {
      if (i === 0) return [[x, y + height / 2]];
      if (i === points.length - 1) return [[x, y - height / 2]];
      return [[x, y - height / 2], [x, y + height / 2]];
    });
    let d = `M${stops[0][0].toFixed(1)},${stops[0][1].toFixed(1)}`;
    for (let i = 1; i < stops.length; i++) {
      const [fromX, fromY] = stops[i - 1], [toX, toY] = stops[i];
      const half = (fromY + toY) / 2;
      d += i % 2 === 1
        ? `C${fromX.toFixed(1)},${half.toFixed(1)} ${toX.toFixed(1)},${half.toFixed(1)} ${toX.toFixed(1)},${toY.toFixed(1)}`
        : `L${toX.toFixed(1)},${toY.toFixed(1)}`;
    }
    return d;
  };

  const edges = layout.edges.map((edge) => ({ ...edge, path: draw("path", { class: "edge", d: edgePath(edge.points), "marker-end": "url(#arrow)" }) }));
  const kind = (op) => (/update|sgd|adam/i.test(op) ? "update" : /linear|matmul|embed|gather/i.test(op) ? "weights" : /loss|entropy/i.test(op) ? "loss" : "plain");
  const groups = boxes.map((box) => {
    const { x, y } = at(box.id);
    return draw("g", {
      class: `box ${kind(box.op)}`, transform: `translate(${(x - box.width / 2).toFixed(1)},${(y - height / 2).toFixed(1)})`,
      tabindex: "-1", role: "img", "data-node": box.id,
      "aria-label": `${box.lines[0]}, ${box.id} ${box.shape}${box.all.length ? `, reads ${box.all.join(", ")}` : ""}`,
    },
      draw("title", null, box.line),
      draw("rect", { width: box.width, height, rx: 7 }),
      // Two lines or three, in the middle of the box.
      box.lines.filter((line) => line !== "").map((line, i, { length }) => draw("text", {
        class: ["op", null, "leaf"][i], x: box.width / 2, y: height / 2 + 4 + (i - (length - 1) / 2) * 14.5,
      }, line)));
  });

  const highlight = (id) => {
    for (const edge of edges) edge.path.classList.toggle("lit", edge.from === id || edge.to === id);
    for (const edge of edges) if (edge.path.classList.contains("lit")) edge.path.parentNode.append(edge.path);
  };
  const picture = draw("svg", { class: "graph-svg", width, height: fullHeight, viewBox: `${-padding} ${-padding} ${width} ${fullHeight}` },
    draw("defs", null, draw("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto" },
      draw("path", { d: "M0,0.8L7.5,4L0,7.2Z", class: "arrow" }))),
    draw("g", null, edges.map((edge) => edge.path)), groups);

  // One box is in the order of the tab key; arrows move on from it.
  groups.forEach((group, i) => {
    group.addEventListener("pointerenter", () => highlight(boxes[i].id));
    group.addEventListener("pointerleave", () => highlight(null));
    group.addEventListener("focus", () => highlight(boxes[i].id));
    group.addEventListener("keydown", (event) => {
      const to = { ArrowDown: i + 1, ArrowRight: i + 1, ArrowUp: i - 1, ArrowLeft: i - 1, Home: 0, End: groups.length - 1 }[event.key];
      if (to === undefined || !groups[to]) return;
      event.preventDefault();
      group.tabIndex = -1;
      groups[to].tabIndex = 0;
      groups[to].focus();
    });
  });
  if (groups.length) groups[0].setAttribute("tabindex", "0");
  return picture;
};
