// rewrite OURS SINGLE HALF: reads a file with another program's parser and writes it with its writer.
// compare OURS SINGLE HALF: what became of the numbers, in plain JavaScript.
import { readFileSync, writeFileSync } from 'node:fs';

// The package is made for browsers: the mathematics beneath it asks where it is, and its answer to Node is broken in the bundle.
globalThis.window = { document: {} };
const library = './node_modules/@genai-fi/nanogpt/dist/';
await import(library + 'main.js');
await (await import(library + 'backend.js')).selectBackend('cpu');
const { load_safetensors, save_safetensors } = await import(library + 'utilities/safetensors.js');

function buffer(path) {
    const bytes = readFileSync(path);
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
}

function numbers(path) {
    const file = buffer(path);
    const length = Number(new DataView(file).getBigUint64(0, true));
    const { __metadata__, ...tensors } = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, length)));
    return new Map(Object.entries(tensors).map(([name, { dtype, data_offsets: [from, to] }]) => {
        if (dtype !== 'F32') throw new Error(`${path}: ${name} is ${dtype}`);
        return [name, new Float32Array(file.slice(8 + length + from, 8 + length + to))];
    }));
}

// The nearest half: of ten bits behind the point, or of a multiple of 2^-24 where it is smaller than 2^-14.
function half(value) {
    const step = 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(value)))) - 10);
    const quotient = value / step;
    const floor = Math.floor(quotient);
    const rest = quotient - floor;
    return step * (rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1);
}

const [what, ours, single, halves] = process.argv.slice(2);
if (what === 'rewrite') {
    const tensors = await load_safetensors(buffer(ours));
    const expected = numbers(ours);
    for (const [name, tensor] of Object.entries(tensors)) {
        const data = await tensor.data();
        if (!expected.get(name).every((value, i) => Object.is(value, data[i]))) throw new Error(`${name} is read differently`);
    }
    if (Object.keys(tensors).length !== expected.size) throw new Error('tensors are missing');
    writeFileSync(single, new Uint8Array(await save_safetensors(tensors)));
    writeFileSync(halves, new Uint8Array(await save_safetensors(tensors, 'F16')));
} else {
    const expected = numbers(ours), same = numbers(single), rounded = numbers(halves);
    let count = 0;
    for (const [name, values] of expected) {
        values.forEach((value, i) => {
            count++;
            if (!Object.is(value, same.get(name)[i])) throw new Error(`${name}[${i}] is ${same.get(name)[i]} instead of ${value}`);
            if (half(value) !== rounded.get(name)[i]) throw new Error(`${name}[${i}] is ${rounded.get(name)[i]} instead of ${half(value)}, the half of ${value}`);
        });
    }
    console.log(`${expected.size} tensors, ${count} numbers: the same singles, the nearest halves`);
}
