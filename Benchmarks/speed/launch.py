"""Starts a program, waits for it, and reports its time and memory.

usage: launch.py DESCRIPTOR PROGRAM [ARGUMENT...]

Writes {"seconds", "peak", "code"} to the descriptor. It is a separate small process, because the kernel counts a program's peak
resident set as at least that of the process that started it.
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
