// Where the boxes of a graph go: in layers, every node below what it reads (after Sugiyama, Tagawa and Toda, 1981).
"use strict";

// nodes: [{ id, inputs, width }], inputs before their readers and only ids of the list. Returns the size of the drawing,
// a place for each node (its centre) and the points of each edge. Edges that pass over layers go through points of
// their own in each of them, so that they lead around the boxes.
report.layoutGraph = (nodes, { height, layerGap, nodeGap }) => {
  const places = new Map(); // id -> { id, layer, width, inputs, outputs, x }
  const layers = [];
  const put = (place) => {
    (layers[place.layer] ??= []).push(place);
    places.set(place.id, place);
    return place;
  };
  for (const node of nodes) {
    const layer = Math.max(0, ...node.inputs.map((id) => places.get(id).layer + 1));
    places.set(node.id, { id: node.id, layer, width: node.width, above: [], below: [], x: 0, point: false });
  }
  // A node that nothing stands above moves down to just above its first reader.
  const readers = new Map(nodes.map((node) => [node.id, []]));
  for (const node of nodes) for (const input of node.inputs) readers.get(input).push(node.id);
  for (const node of [...nodes].reverse()) {
    const below = readers.get(node.id);
    if (node.inputs.length === 0 && below.length) {
      places.get(node.id).layer = Math.min(...below.map((id) => places.get(id).layer)) - 1;
    }
  }
  for (const node of nodes) put(places.get(node.id));

  // ---- edges, and the points at which they pass through layers ----

  const edges = [];
  for (const node of nodes) {
    for (const input of node.inputs) {
      let from = places.get(input);
      const chain = [from];
      for (let layer = from.layer + 1; layer < places.get(node.id).layer; layer++) {
        const point = put({ id: `${input}>${node.id}@${layer}`, layer, width: 10, above: [], below: [], x: 0, point: true });
        from.below.push(point);
        point.above.push(from);
        chain.push(point);
        from = point;
      }
      const to = places.get(node.id);
      from.below.push(to);
      to.above.push(from);
      chain.push(to);
      edges.push({ from: input, to: node.id, chain });
    }
  }

  // ---- order within a layer: by the mean place of the neighbours, down and up a few times ----

  const number = (layer) => layer.forEach((place, i) => { place.order = i; });
  layers.forEach(number);
  const sweep = (layer, side) => {
    for (const place of layer) {
      const near = place[side];
      place.key = near.length ? near.reduce((sum, other) => sum + other.order, 0) / near.length : place.order;
    }
    layer.sort((a, b) => a.key - b.key || a.order - b.order);
    number(layer);
  };
  for (let round = 0; round < 8; round++) {
    for (let i = 1; i < layers.length; i++) sweep(layers[i], "above");
    for (let i = layers.length - 2; i >= 0; i--) sweep(layers[i], "below");
  }

  // ---- horizontal places: towards the neighbours, as far as the others in the layer allow ----

  // Boxes that others read count for much more than points and than boxes at the end of the flow (such as updates): the
  // flow from box to box stays straight, and so does an edge along its own points.
  const light = (place) => place.point || place.below.length === 0;
  const weight = (place) => (light(place) ? 0.1 : 1);
  const gapBetween = (a, b) => (a.width + b.width) / 2 + (a.point || b.point ? nodeGap / 2 : nodeGap);

  // The places nearest to those wished for (least weighted squares) that keep the order and the gaps: neighbours that
  // come too near join into a block that stands at the mean of their wishes.
  const spread = (layer, wish) => {
    const blocks = [];
    let offset = 0;
    layer.forEach((place, i) => {
      if (i > 0) offset += gapBetween(layer[i - 1], place);
      let block = { places: [[place, offset]], weight: weight(place), mean: wish[i] - offset };
      while (blocks.length && blocks[blocks.length - 1].mean > block.mean) {
        const left = blocks.pop();
        const sum = left.weight + block.weight;
        block = {
          places: [...left.places, ...block.places], weight: sum,
          mean: (left.mean * left.weight + block.mean * block.weight) / sum,
        };
      }
      blocks.push(block);
    });
    for (const block of blocks) for (const [place, at] of block.places) place.x = block.mean + at;
  };

  const wishOf = (place, near) => {
    let sum = 0, total = 0;
    for (const other of near) {
      const w = light(other) && other.point !== place.point ? 0.1 : weight(other);
      sum += w * other.x;
      total += w;
    }
    return total ? sum / total : place.x;
  };
  for (const layer of layers) spread(layer, layer.map(() => 0));
  for (let round = 0; round < 30; round++) {
    const down = round % 2 === 0;
    for (const layer of down ? layers : [...layers].reverse()) {
      spread(layer, layer.map((place) =>
        wishOf(place, round < 20 ? (down ? place.above : place.below) : [...place.above, ...place.below])));
    }
  }

  // An edge whose points could all stand one above the other does.
  const room = (place) => {
    const layer = layers[place.layer], i = layer.indexOf(place);
    return [
      i > 0 ? layer[i - 1].x + gapBetween(layer[i - 1], place) : -Infinity,
      i < layer.length - 1 ? layer[i + 1].x - gapBetween(place, layer[i + 1]) : Infinity,
    ];
  };
  for (let round = 0; round < 3; round++) {
    for (const { chain } of edges) {
      const points = chain.slice(1, -1);
      if (points.length < 2) continue;
      const rooms = points.map(room);
      const low = Math.max(...rooms.map(([from]) => from)), high = Math.min(...rooms.map(([, to]) => to));
      if (low > high) continue;
      const mean = points.reduce((sum, point) => sum + point.x, 0) / points.length;
      for (const point of points) point.x = Math.min(high, Math.max(low, mean));
    }
  }

  // ---- the drawing begins at 0, 0 ----

  const all = layers.flat();
  const least = Math.min(...all.map((place) => place.x - place.width / 2));
  for (const place of all) {
    place.x -= least;
    place.y = place.layer * (height + layerGap) + height / 2;
  }
  return {
    width: Math.max(...all.map((place) => place.x + place.width / 2)),
    height: layers.length * (height + layerGap) - layerGap,
    places,
    edges: edges.map(({ from, to, chain }) => ({ from, to, points: chain.map(({ x, y, point }) => ({ x, y, point })) })),
  };
};
