"""Types into a chat in a pseudo-terminal, and prints the output as a JSON list. Usage: chat-terminal.py STEPS COMMAND…

A step is [keys, text]: the keys are typed, then everything is read until the text has come. It is an error if it does not come.
"""
import json
import os
import pty
import select
import sys
import time

steps, command = json.loads(sys.argv[1]), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)


def read_until(text):
    came, end = "", time.time() + 60
    while text not in came and time.time() < end:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            came += os.read(terminal, 65536).decode(errors="replace")
        except OSError:
            break  # the program has ended
    if text not in came:
        sys.exit(f"{text!r} did not come, but {came[-500:]!r}")
    return came


came = []
for keys, text in steps:
    os.write(terminal, keys.encode())
    came.append(read_until(text))
print(json.dumps(came))
