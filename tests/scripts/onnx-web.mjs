// Runs the files of a folder in onnxruntime-web and compares the logits with those beside them: NAME.onnx, and NAME.json with documents.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as ort from 'onnxruntime-web';

const tolerance = 1e-5;
const folder = process.argv[2];
ort.env.wasm.numThreads = 1;

let models = 0;
let documents = 0;
let worst = 0;
let failures = 0;
for (const file of readdirSync(folder).filter(name => name.endsWith('.onnx')).sort()) {
    const session = await ort.InferenceSession.create(readFileSync(join(folder, file)), { executionProviders: ['wasm'] });
    models++;
    for (const { tokens, logits } of JSON.parse(readFileSync(join(folder, file.replace(/\.onnx$/, '.json')), 'utf8'))) {
        const input = new ort.Tensor('int64', BigInt64Array.from(tokens, BigInt), [tokens.length]);
        const output = (await session.run({ tokens: input })).logits;
        const scale = Math.max(1, ...logits.map(Math.abs));
        const error = output.data.length === logits.length
            ? Math.max(...logits.map((logit, i) => Math.abs(logit - output.data[i]))) / scale
            : NaN;
        documents++;
        worst = Math.max(worst, error);
        if (!(error <= tolerance)) {
            failures++;
            console.error(`${file}, ${tokens.length} tokens: a logit differs by ${error}`);
        }
    }
    await session.release();
}
console.log(`onnxruntime-web: ${models} models, ${documents} documents, largest error ${worst.toExponential(1)}`);
process.exit(failures === 0 && models > 0 ? 0 : 1);
