"""assets/python/example.ipynb in a real kernel, without a browser: `python3 tests/notebook/run_notebook.py`.

Needs `pip install numpy pandas nbclient ipykernel`. Takes the program from IMPLICIT_BIAS_LAB, or from where
`cargo build --release` puts it. Prints every output; pictures are told by their size, or written to the folder that is
named behind the command.
"""

import base64
import os
import pathlib
import sys
import time

try:
    import nbclient
    import nbformat
    from jupyter_client.manager import KernelManager
except ImportError as missing:
    sys.exit(f"{missing}: pip install numpy pandas nbclient ipykernel")

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "assets" / "python"
target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
os.environ.setdefault("IMPLICIT_BIAS_LAB", str(target / "release" / "implicit-bias-lab"))
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"


def executed():
    """The notebook with its outputs."""
    notebook = nbformat.read(FOLDER / "example.ipynb", as_version=4)
    nbformat.validate(notebook)
    # The kernel of this interpreter, whatever kernels are installed.
    manager = KernelManager(kernel_name="python3")
    manager.kernel_spec.argv[0] = sys.executable
    client = nbclient.NotebookClient(notebook, km=manager, timeout=300, resources={"metadata": {"path": str(FOLDER)}})
    client.execute()
    return notebook


def shown(notebook, pictures):
    """Prints cells and outputs; returns the kinds of all outputs."""
    kinds = []
    for number, cell in enumerate(cell for cell in notebook.cells if cell.cell_type == "code"):
        print(f"In [{number + 1}]:", cell.source.replace("\n", "\n        "))
        for output in cell.outputs:
            data = output.get("data", {})
            kinds += [output.output_type, *data]
            text = output.get("text") or data.get("text/plain", "")
            print(f"Out[{number + 1}] {', '.join(data) or output.get('name')}:\n{text.rstrip()}")
            for kind, ending in [("image/svg+xml", "svg"), ("image/png", "png")]:
                if kind in data and pictures:
                    path = pathlib.Path(pictures, f"cell-{number + 1}.{ending}")
                    picture = data[kind]
                    path.write_bytes(picture.encode() if ending == "svg" else base64.b64decode(picture))
        print()
    return kinds


def interrupted():
    """Interrupts a run in the kernel; returns what the cell fails with, and whether the program is gone."""
    manager = KernelManager(kernel_name="python3")
    manager.kernel_spec.argv[0] = sys.executable
    manager.start_kernel(cwd=str(FOLDER))
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    try:
        told = []

        def hook(message):
            if message["msg_type"] == "stream":
                told.append(message["content"]["text"])
                if len(told) == 1:
                    time.sleep(1)
                    manager.interrupt_kernel()

        begin = (
            "import subprocess, implicit_bias_lab as lab\n"
            "class Told(subprocess.Popen):\n"
            "    def __init__(self, *a, **k):\n"
            "        super().__init__(*a, **k)\n"
            "        print(self.pid, flush=True)\n"
            "subprocess.Popen = Told\n"
            "lab.run(steps=10**10, stride=10**6, progress=False)"
        )
        reply = client.execute_interactive(begin, output_hook=hook, timeout=60)
        pid = int(told[0])
        try:
            os.kill(pid, 0)
            gone = False
        except ProcessLookupError:
            gone = True
        return reply["content"].get("ename"), gone
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def main():
    kinds = shown(executed(), sys.argv[1] if len(sys.argv) > 1 else None)
    assert kinds.count("text/html") >= 3, "tables are shown as tables"
    assert "image/svg+xml" in kinds, "the figure is shown inline"
    assert "error" not in kinds
    ended = interrupted()
    assert ended == ("KeyboardInterrupt", True), ended
    print("Interrupting a run raises KeyboardInterrupt and stops the program.")


if __name__ == "__main__":
    main()
