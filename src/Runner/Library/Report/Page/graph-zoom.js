// A drawing in a box: at first the whole of it is seen, then it can be zoomed and moved.
"use strict";

// view: the box, which scrolls. Returns the buttons, and `put(svg)`, which shows a drawing of the size that its width and
// height attributes say.
report.zoomable = (view) => {
  const { el } = report;
  const most = 3, factor = 1.4;
  let picture = null, width = 0, height = 0, scale = 1, whole = true;

  const fitting = () => Math.min(1, (view.clientWidth || width) / width, Math.max(480, 1.25 * innerHeight) / height);

  // Keeps the point of the drawing that lies at (x, y) of the box where it is.
  const zoomTo = (to, x = view.clientWidth / 2, y = view.clientHeight / 2) => {
    const before = picture.getBoundingClientRect(), box = view.getBoundingClientRect();
    const atX = (box.left + view.clientLeft + x - before.left) / scale, atY = (box.top + view.clientTop + y - before.top) / scale;
    scale = Math.min(most, Math.max(fitting(), to));
    whole = scale === fitting();
    resize();
    view.scrollLeft = atX * scale - x;
    view.scrollTop = atY * scale - y;
  };
  const resize = () => {
    picture.setAttribute("width", width * scale);
    picture.setAttribute("height", height * scale);
    view.classList.toggle("zoomed", !whole);
    zoomOut.disabled = whole;
    zoomIn.disabled = scale >= most;
  };
  // The box is as high as the whole drawing.
  const fit = () => {
    whole = true;
    scale = fitting();
    view.style.height = `${Math.ceil(height * scale) + view.offsetHeight - view.clientHeight}px`;
    resize();
  };

  const button = (label, title, action) => el("button", { type: "button", title, "aria-label": title, onclick: action }, label);
  const zoomIn = button("+", "Zoom the graph in (+)", () => zoomTo(scale * factor));
  const zoomOut = button("−", "Zoom the graph out (−)", () => zoomTo(scale / factor));
  const all = button("Whole graph", "Show the whole graph (0)", fit);

  view.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const action = { "+": () => zoomTo(scale * factor), "=": () => zoomTo(scale * factor), "-": () => zoomTo(scale / factor), 0: fit, Escape: fit }[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  view.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return; // also what a pinch on a touch pad is
    event.preventDefault();
    const box = view.getBoundingClientRect();
    zoomTo(scale * Math.exp(-event.deltaY / 300), event.clientX - box.left - view.clientLeft, event.clientY - box.top - view.clientTop);
  }, { passive: false });
  view.addEventListener("dblclick", (event) => {
    const box = view.getBoundingClientRect();
    if (whole) zoomTo(Math.max(1, scale * 2), event.clientX - box.left - view.clientLeft, event.clientY - box.top - view.clientTop);
    else fit();
  });

  // The mouse drags the drawing along; fingers scroll it.
  let from = null;
  view.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0 || whole) return;
    from = { x: event.clientX + view.scrollLeft, y: event.clientY + view.scrollTop };
  });
  view.addEventListener("pointermove", (event) => {
    if (!from) return;
    if (!view.hasPointerCapture(event.pointerId)) view.setPointerCapture(event.pointerId);
    view.scrollTo(from.x - event.clientX, from.y - event.clientY);
  });
  for (const end of ["pointerup", "pointercancel"]) view.addEventListener(end, () => { from = null; });

  let known = 0;
  new ResizeObserver(() => {
    if (!picture || view.clientWidth === known || view.clientWidth === 0) return;
    known = view.clientWidth;
    if (whole) fit(); else zoomTo(scale);
  }).observe(view);

  return {
    buttons: el("div", { class: "buttons", role: "group", "aria-label": "Zoom of the graph" }, zoomIn, zoomOut, all),
    put: (svg) => {
      picture = svg;
      width = Number(svg.getAttribute("width"));
      height = Number(svg.getAttribute("height"));
      view.replaceChildren(svg);
      fit();
      known = view.clientWidth;
    },
  };
};
