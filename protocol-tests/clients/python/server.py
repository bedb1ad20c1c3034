"""A wire42 process: started on a free port, stopped, started again on the same one."""

import atexit
import re
import signal
import subprocess
import threading

READY = re.compile(r"wire42: .* on http://.*:(\d+)/")

# A short interval lets every check live through pings; the long timeout forgives a busy machine.
FLAGS = ["--host", "127.0.0.1", "--ping-interval", "300ms", "--ping-timeout", "2s"]
FLAGS_OF = {"chat": ["--namespace", "/team-*"], "echo": []}

STARTS_WITHIN_S = 4
ENDS_WITHIN_S = 4


class Server:
    def __init__(self, binary, app):
        self.binary, self.app, self.port, self.process = binary, app, 0, None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        """Starts the process, on the port that it had if it ran before."""
        command = [self.binary, "--app", self.app, *FLAGS_OF[self.app], "--port", str(self.port), *FLAGS]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        atexit.register(self.process.kill)
        self.port = self._announced_port()
        # Nobody else reads the pipe: a server that fills it would stop.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def stop(self):
        self.process.send_signal(signal.SIGINT)  # ends at once; SIGTERM would let clients go one by one
        self.process.wait(ENDS_WITHIN_S)

    def _announced_port(self):
        impatience = threading.Timer(STARTS_WITHIN_S, self.process.kill)
        impatience.start()
        try:
            for line in self.process.stdout:
                if found := READY.match(line):
                    return int(found[1])
        finally:
            impatience.cancel()
        raise AssertionError("the server ended, or said nothing for too long, before it named its port")
