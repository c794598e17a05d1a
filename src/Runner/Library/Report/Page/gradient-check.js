// Compiled against numerical gradients: a dot a parameter, both axes logarithmic. Dots on the diagonal agree.
"use strict";

report.gradientCheck = (check) => {
  const { el, svg: draw, format, linear, colour } = report;
  const size = 420, box = { left: 58, right: size - 12, top: 12, bottom: size - 46 };
  const magnitudes = check.matrices.flatMap((matrix) => [...matrix.compiled, ...matrix.numerical]).map(Math.abs).filter((value) => value > 0);
  const low = Math.max(-14, Math.floor(Math.log10(magnitudes.reduce((a, b) => Math.min(a, b), 1))));
  const high = Math.max(low + 1, Math.ceil(Math.log10(magnitudes.reduce((a, b) => Math.max(a, b), 10 ** low))));
  const x = linear(low, high, box.left, box.right), y = linear(low, high, box.bottom, box.top);
  const log = (value) => Math.max(low, Math.log10(Math.abs(value)));

  // Gradients that are zero on both sides have no place on a logarithmic axis; they are counted instead.
  let zeros = 0, opposite = 0;
  const dots = [];
  check.matrices.forEach((matrix, m) => matrix.compiled.forEach((compiled, i) => {
    const numerical = matrix.numerical[i];
    if (compiled === 0 && numerical === 0) {
      zeros++;
      return;
    }
    if (compiled * numerical < 0) opposite++;
    dots.push({ matrix: m, i, compiled, numerical, x: x(log(compiled)), y: y(log(numerical)) });
  }));

  const gap = Math.max(1, Math.ceil((high - low) / 6));
  const exponents = Array.from({ length: Math.floor((high - low) / gap) + 1 }, (_, k) => low + k * gap);
  const power = (exponent) => [draw("tspan", null, "10"), draw("tspan", { dy: "-0.45em", "font-size": "0.8em" }, format.fixed(exponent, 0))];
  const marker = draw("circle", { r: 5.5, class: "marker", style: "display:none" });
  const picture = draw("svg", { viewBox: `0 0 ${size} ${size}`, class: "scatter", role: "img",
    "aria-label": `Compiled against numerical gradient of ${format.integer(dots.length)} parameters; the table below has the largest errors` },
    draw("g", { class: "grid" }, exponents.map((e) => [
      draw("line", { x1: x(e), x2: x(e), y1: box.top, y2: box.bottom }), draw("line", { x1: box.left, x2: box.right, y1: y(e), y2: y(e) })])),
    draw("line", { class: "baseline", x1: x(low), y1: y(low), x2: x(high), y2: y(high) }),
    check.matrices.map((matrix, m) => draw("path", {
      class: "dots", style: `stroke:${colour(m + 1)}`, "data-matrix": matrix.name,
      d: dots.filter((dot) => dot.matrix === m).map((dot) => `M${dot.x.toFixed(1)},${dot.y.toFixed(1)}h0`).join(""),
    })),
    marker,
    draw("g", { class: "tick-labels" },
      exponents.map((e) => [
        draw("text", { x: x(e), y: box.bottom + 19, "text-anchor": "middle" }, power(e)),
        draw("text", { x: box.left - 8, y: y(e), dy: "0.32em", "text-anchor": "end" }, power(e))]),
      draw("text", { class: "axis-name", x: box.right, y: size - 6, "text-anchor": "end" }, "|compiled gradient| →"),
      draw("text", { class: "axis-name", transform: `translate(13,${box.top}) rotate(-90)`, "text-anchor": "end" }, "|numerical gradient| →")));

  const nothing = "Point at a dot to read it.";
  const detail = el("p", { class: "hint", "aria-live": "off" }, nothing);
  picture.addEventListener("pointermove", (event) => {
    const bounds = picture.getBoundingClientRect();
    const px = (event.clientX - bounds.left) * size / bounds.width, py = (event.clientY - bounds.top) * size / bounds.height;
    let nearest = null, least = 14 * 14;
    for (const dot of dots) {
      const distance = (dot.x - px) ** 2 + (dot.y - py) ** 2;
      if (distance < least) [nearest, least] = [dot, distance];
    }
    marker.style.display = nearest ? "" : "none";
    if (nearest) {
      marker.setAttribute("cx", nearest.x);
      marker.setAttribute("cy", nearest.y);
    }
    detail.textContent = nearest
      ? `${check.matrices[nearest.matrix].name}[${nearest.i}]: compiled ${format.general(nearest.compiled)}, numerical ${format.general(nearest.numerical)}`
      : nothing;
  });
  picture.addEventListener("pointerleave", () => { marker.style.display = "none"; detail.textContent = nothing; });

  const counted = (count, what) => (count ? ` ${format.integer(count)} ${what}.` : "");
  return el("div", { class: "gradient-check" },
    el("p", { class: "note" }, `${check.method}. A dot is a parameter; on the diagonal the two agree.`
      + counted(zeros, "are zero on both sides and not drawn") + counted(opposite, "differ in sign")),
    picture, detail,
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Largest errors of the gradient check" }, el("table", null,
      el("thead", null, el("tr", null, el("th", { scope: "col" }, "Matrix"), ["Elements", "Largest absolute error", "Largest relative error"]
        .map((head) => el("th", { scope: "col", class: "number" }, head)))),
      el("tbody", null, check.matrices.map((matrix, m) => el("tr", null,
        el("th", { scope: "row" }, el("span", { class: "swatch", style: `--swatch:${colour(m + 1)}` }), el("code", null, matrix.name)),
        el("td", { class: "number" }, format.integer(matrix.compiled.length)),
        el("td", { class: "number" }, format.general(matrix.largestAbsoluteError)),
        el("td", { class: "number" }, format.general(matrix.largestRelativeError))))))));
};
