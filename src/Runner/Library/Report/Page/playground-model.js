// Runs a model: walks its forward graph, one position after another, with the operations of playground-operations.js.
"use strict";

// model: an entry of the page's models. `missing` lists operations that the page has no function for; `step` computes the
// logits after a token (those before it have been given for the positions before), `reset` begins a new text.
report.runModel = ({ playground, parameters }) => {
  const bytes = Uint8Array.from(atob(playground.weights), (c) => c.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const weights = Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
  const values = new Map();
  parameters.reduce((offset, { name, rows, columns }) => {
    values.set(name, weights.subarray(offset, offset + rows * columns));
    return offset + rows * columns;
  }, 0);

  const nodes = playground.nodes.map((node) => ({
    ...node,
    number: (name, otherwise) => (name in node.attributes ? Number(node.attributes[name]) : otherwise),
    text: (name) => node.attributes[name],
    out: node.op === "Parameter" ? values.get(node.attributes.parameter) : new Float64Array(node.groups * node.size),
    memory: {},
  }));
  const leaves = new Set(["Parameter", "Input", "Constant"]);
  const missing = [...new Set(nodes.map(({ op }) => op).filter((op) => !leaves.has(op) && !Object.hasOwn(report.operations, op)))];

  const constants = nodes.filter(({ op }) => op === "Constant");
  for (const node of constants) node.out[0] = node.number("value");
  const given = nodes.filter(({ op }) => op === "Input");
  const computed = nodes.filter(({ op }) => !leaves.has(op)).map((node) => ({
    run: report.operations[node.op],
    of: { node, out: node.out, sources: node.inputs.map((i) => nodes[i]), inputs: node.inputs.map((i) => nodes[i].out), memory: node.memory, position: 0 },
  }));

  const step = (token, position) => {
    for (const node of given) node.out[0] = node.text("value") === "positions" ? position : token;
    for (const { run, of } of computed) {
      of.position = position;
      run(of);
    }
    return nodes[playground.logits].out;
  };
  return { missing, step };
};

// The model over a text that grows and changes: only what differs from the text before is computed.
report.reader = (model) => {
  const run = report.runModel(model);
  let read = [], logits = null;
  return {
    missing: run.missing,
    // The logits after the last of some tokens, of which there is at least one.
    after: (tokens) => {
      let same = 0;
      while (same < read.length && same < tokens.length && read[same] === tokens[same]) same++;
      // Keys and values of later positions are simply written over.
      for (let position = Math.min(same, tokens.length - 1); position < tokens.length; position++) logits = run.step(tokens[position], position);
      read = tokens.slice();
      return logits;
    },
  };
};
