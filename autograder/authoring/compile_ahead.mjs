// Starts Python for web pages outside of one, so that it can compile its own files.
// See own_pyodide.py; arguments: the folder of Pyodide, folders of more wheels.
import path from "node:path";
import { pathToFileURL } from "node:url";

const [program, pyodideFolder, kernelWheels, ourWheels, names] = process.argv.slice(2);
const pyodideModule = path.join(pyodideFolder, "pyodide.mjs");
const { loadPyodide } = await import(pathToFileURL(pyodideModule).href);
const python = await loadPyodide({ indexURL: pyodideFolder, packages: names.split(",") });
const folders = { program, pyodide: pyodideFolder, kernel: kernelWheels, ours: ourWheels };
for (const [name, folder] of Object.entries(folders)) {
  python.FS.mkdirTree(`/${name}`);
  python.FS.mount(python.FS.filesystems.NODEFS, { root: folder }, `/${name}`);
}
python.runPython("import sys; sys.path.insert(0, '/program'); import compile_ahead; compile_ahead.main()");
