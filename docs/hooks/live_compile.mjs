// node live_compile.mjs FOLDER WHEEL OUT: the modules of a wheel, compiled by the Python in FOLDER (Pyodide), as a zip file.
// So that they are no larger than the sources, they have no docstrings, and every line of a function counts as its first.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, wheel, out] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(folder, "pyodide.mjs")));
const python = await loadPyodide({ indexURL: folder, env: { PYTHONHASHSEED: "0" } }); // sets are written in one order
python.FS.writeFile("in.whl", readFileSync(wheel));
python.runPython(`
import importlib.util, marshal, types, warnings, zipfile

# The table of lines has an entry of two bytes for eight units of code, here: no columns, the same line as before.
def bare(code):
    consts = (bare(const) if isinstance(const, types.CodeType) else const for const in code.co_consts)
    eights, rest = divmod(len(code.co_code) // 2, 8)
    lines = bytes([0xE8 + 7, 0] * eights + [0xE8 + rest - 1, 0] * (rest > 0))
    return code.replace(co_linetable=lines, co_consts=tuple(consts))

warnings.simplefilter("ignore")
header = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + bytes(8)  # 1: never compared with a source
with zipfile.ZipFile("in.whl") as source, zipfile.ZipFile("out.zip", "w") as compiled:
    for name in sorted(source.namelist()):
        if name.endswith(".py"):
            code = compile(source.read(name), name, "exec", dont_inherit=True, optimize=2)
            compiled.writestr(name + "c", header + marshal.dumps(bare(code)))
`);
writeFileSync(out, python.FS.readFile("out.zip"));
