"""Starts a program, waits for it, and tells what it took.

usage: launch.py DESCRIPTOR PROGRAM [ARGUMENT...]

Writes {"seconds", "peak", "code"} to the descriptor. A process of its own, and a small one: a program's largest resident set, as
the kernel counts it, is at least that of the process that started it.
"""

import json
import os
import sys
import time

descriptor, *command = sys.argv[1:]
os.set_inheritable(int(descriptor), False)
start = time.perf_counter()
pid = os.posix_spawnp(command[0], command, os.environ)
_, status, usage = os.wait4(pid, 0)
facts = {
    "seconds": time.perf_counter() - start,
    "peak": usage.ru_maxrss * 1024,
    "code": os.waitstatus_to_exitcode(status),
}
os.write(int(descriptor), json.dumps(facts).encode())
