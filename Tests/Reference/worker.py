"""One Python process for all references. It imports the modules that most of them need, and forks for every
request, so that each script still has a separate process.

Reads one request per line, {"id": …, "script": PATH, "arguments": […], "folder": PATH}. The script has the
folder's files 'input', 'output' and 'messages' as its standard streams. Writes "ID STATUS" when the script
has ended. Ends when its input ends.
"""

import atexit
import importlib
import json
import os
import runpy
import signal
import sys
import traceback

for module in ["numpy", "onnx", "onnxruntime", "PIL.Image", "scipy.stats", "sklearn.metrics"]:
    try:
        importlib.import_module(module)
    except ImportError:
        pass  # The script that needs it will report the error.


def next_script():
    """Waits for requests. Returns in a new process for each, and never returns in this process."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # sys.stdin is not used, because it reads ahead and belongs to the scripts.
    with os.fdopen(os.dup(0), "rb", buffering=0) as requests:
        while line := requests.readline():
            if os.fork() != 0:
                continue
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            request = json.loads(line)
            if (script := os.fork()) == 0:
                return request
            status = os.waitstatus_to_exitcode(os.waitpid(script, 0)[1])
            os.write(1, f"{request['id']} {status}\n".encode())
            os._exit(0)
    os._exit(0)


request = next_script()
for stream, (name, flags) in enumerate(
    [("input", os.O_RDONLY), ("output", os.O_WRONLY), ("messages", os.O_WRONLY)]
):
    os.dup2(os.open(os.path.join(request["folder"], name), flags), stream)
sys.argv = [request["script"], *request["arguments"]]
sys.path[0] = os.path.dirname(request["script"])

status = 0
try:
    runpy.run_path(request["script"], run_name="__main__")
except SystemExit as end:
    if not isinstance(end.code, (int, type(None))):
        print(end.code, file=sys.stderr)
    status = end.code if isinstance(end.code, int) else int(end.code is not None)
except BaseException:
    traceback.print_exc()
    status = 1
atexit._run_exitfuncs()
sys.stdout.flush()
sys.stderr.flush()
# A normal exit would wait for threads of libraries, which do not exist in a fork.
os._exit(status)
